// SPDX-License-Identifier: Apache-2.0

package djangostore

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"strings"

	"github.com/go-sql-driver/mysql"

	"github.com/caddyrefresh/caddyrefresh/store/tlsclient"
)

// mysqlTLS reads ssl-mode and the files of certificates, by the names that MySQL's own
// clients use, with dashes or underscores. An authority to trust asks for the
// strictest mode, and a client certificate for encryption, as with those clients.
func mysqlTLS(c *mysql.Config, a *address) (tlsclient.Digest, error) {
	file := func(name string) tlsclient.File {
		return tlsclient.File{Setting: "store django: " + name + " in the database's URL", Path: a.option(name, strings.ReplaceAll(name, "-", "_"))}
	}
	mode := strings.ToUpper(a.option("ssl-mode", "ssl_mode"))
	files := tlsclient.Files{CA: file("ssl-ca"), Cert: file("ssl-cert"), Key: file("ssl-key")}
	switch {
	case files.CA.Path != "":
		mode = orElse(mode, "VERIFY_IDENTITY")
	case files.Cert.Path != "" || files.Key.Path != "":
		mode = orElse(mode, "REQUIRED")
	}
	t, digest, err := files.Config()
	if err != nil {
		return digest, err
	}
	if host, _, err := net.SplitHostPort(c.Addr); err == nil && c.Net == "tcp" {
		t.ServerName = host
	}
	switch mode {
	case "", "DISABLED":
		return digest, nil
	case "PREFERRED":
		c.AllowFallbackToPlaintext = true
		t.InsecureSkipVerify = true
	case "REQUIRED":
		t.InsecureSkipVerify = true // encrypted, not verified: that is what the mode means
	case "VERIFY_CA":
		t.InsecureSkipVerify = true // any name will do: that is what the mode means
		t.VerifyConnection = verifyAuthority(t.RootCAs)
	case "VERIFY_IDENTITY":
	default:
		return digest, errors.New("store django: ssl-mode in the database's URL is none of DISABLED, PREFERRED, REQUIRED, VERIFY_CA and VERIFY_IDENTITY")
	}
	c.TLS = t
	return digest, nil
}

// verifyAuthority verifies a server's certificate without its name.
func verifyAuthority(roots *x509.CertPool) func(tls.ConnectionState) error {
	return func(state tls.ConnectionState) error {
		options := x509.VerifyOptions{Roots: roots, Intermediates: x509.NewCertPool()}
		for _, c := range state.PeerCertificates[1:] {
			options.Intermediates.AddCert(c)
		}
		_, err := state.PeerCertificates[0].Verify(options)
		return err
	}
}
