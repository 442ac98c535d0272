// SPDX-License-Identifier: Apache-2.0

// Package tlsclient is how stores connect with TLS: it reads the certificates that
// their settings name, and says what is wrong with a handshake and what to do about it.
package tlsclient

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
)

// File is a file in PEM, and the setting that names it, with which errors begin.
type File struct {
	Setting, Path string
}

// Files are what a client shows and trusts. Those without a path are not used: without
// CA the system's roots count, and without Cert and Key the client shows no certificate.
type Files struct {
	CA, Cert, Key File
}

// Digest tells whether two loads of files found the same contents. Connections may be
// shared only if it is equal: a certificate that was renewed in place has the path of
// the old one.
type Digest [sha256.Size]byte

// Config reads the files. The config verifies the server's name, which the dialler
// sets unless the caller does. Errors hold no path and no content, since a path may
// come from a placeholder for a secret.
func (f *Files) Config() (*tls.Config, Digest, error) {
	c := &tls.Config{MinVersion: tls.VersionTLS12}
	var sum Digest
	ca, err := f.CA.read()
	if err != nil {
		return nil, sum, err
	}
	cert, err := f.Cert.read()
	if err != nil {
		return nil, sum, err
	}
	key, err := f.Key.read()
	if err != nil {
		return nil, sum, err
	}
	if ca != nil {
		c.RootCAs = x509.NewCertPool()
		if !c.RootCAs.AppendCertsFromPEM(ca) {
			return nil, sum, fmt.Errorf("%s: the file holds no certificate in PEM: name the file that begins with -----BEGIN CERTIFICATE-----", f.CA.Setting)
		}
	}
	switch {
	case cert == nil && key == nil:
	case key == nil:
		return nil, sum, fmt.Errorf("%s: a certificate without its key proves nothing: add %s", f.Cert.Setting, f.Key.Setting)
	case cert == nil:
		return nil, sum, fmt.Errorf("%s: a key without its certificate is not used: add %s", f.Key.Setting, f.Cert.Setting)
	default:
		pair, err := tls.X509KeyPair(cert, key)
		if err != nil {
			return nil, sum, fmt.Errorf("%s: the file and that of %s are no pair (%w): "+
				"name a certificate and its own key, both in PEM and the key without a passphrase", f.Cert.Setting, f.Key.Setting, err)
		}
		c.Certificates = []tls.Certificate{pair}
		Show(c)
	}
	return c, digest(ca, cert, key), nil
}

// Show makes the client show its certificate to every server that asks for one, as
// OpenSSL does. Without it crypto/tls shows none if the server names other authorities,
// and the server then says that there is no certificate.
func Show(c *tls.Config) {
	if len(c.Certificates) > 0 {
		pair := c.Certificates[0]
		c.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &pair, nil }
	}
}

// digest begins each content with its length, so that no content passes for two.
func digest(contents ...[]byte) (sum Digest) {
	h := sha256.New()
	for _, content := range contents {
		var length [8]byte
		binary.BigEndian.PutUint64(length[:], uint64(len(content)))
		h.Write(length[:])
		h.Write(content)
	}
	h.Sum(sum[:0])
	return sum
}

// read returns nil for no path.
func (f *File) read() ([]byte, error) {
	if f.Path == "" {
		return nil, nil
	}
	if strings.Contains(f.Path, "-----BEGIN") {
		return nil, fmt.Errorf("%s: it takes the path of a file, and got PEM: write the path itself, not {file.} with it", f.Setting)
	}
	content, err := os.ReadFile(f.Path)
	if err != nil {
		if path, ok := errors.AsType[*fs.PathError](err); ok {
			err = path.Err
		}
		return nil, fmt.Errorf("%s: the file cannot be read (%w): name a file in PEM that the user of Caddy may read", f.Setting, err)
	}
	return content, nil
}
