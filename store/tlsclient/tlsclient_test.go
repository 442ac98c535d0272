// SPDX-License-Identifier: Apache-2.0

package tlsclient

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/caddyrefresh/caddyrefresh/internal/certtest"
)

// certificates are an authority's, and a stranger's.
type certificates struct {
	dir           string
	ca, stranger  *certtest.Authority
	client, alien *certtest.Pair
}

func newCertificates(t *testing.T) *certificates {
	t.Helper()
	c := &certificates{dir: t.TempDir()}
	c.ca = must(certtest.New(c.dir, "ca"))(t)
	c.stranger = must(certtest.New(c.dir, "stranger"))(t)
	c.client = must(c.ca.Client("client", "edge"))(t)
	c.alien = must(c.stranger.Client("alien", "edge"))(t)
	return c
}

func must[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func files(ca, cert, key string) *Files {
	return &Files{File{"ca of tls", ca}, File{"cert of tls", cert}, File{"key of tls", key}}
}

// TestConfigErrors: each names the setting and the cure, and none the path, which may
// have been a secret.
func TestConfigErrors(t *testing.T) {
	c := newCertificates(t)
	pem, err := os.ReadFile(c.client.Key)
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		files *Files
		want  string
	}{
		"no file":         {files("/nowhere/hunter2", "", ""), "ca of tls: the file cannot be read (no such file or directory): name a file"},
		"no PEM":          {files("tlsclient_test.go", "", ""), "ca of tls: the file holds no certificate"},
		"no key":          {files("", c.client.Cert, ""), "add key of tls"},
		"no certificate":  {files("", "", c.client.Key), "add cert of tls"},
		"no pair":         {files("", c.client.Cert, c.alien.Key), "are no pair"},
		"swapped":         {files("", c.client.Key, c.client.Cert), "are no pair"},
		"PEM as the path": {files("", c.client.Cert, string(pem)), "key of tls: it takes the path"},
	} {
		_, _, err := tc.files.Config()
		if err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v, want %q", name, err, tc.want)
		} else if strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), "-----BEGIN EC") || strings.Contains(err.Error(), c.dir) {
			t.Errorf("%s: the error quotes the path or the file: %v", name, err)
		}
	}
}

// TestDigest guards that a certificate renewed in place gets connections of its own.
func TestDigest(t *testing.T) {
	c := newCertificates(t)
	load := func(f *Files) Digest {
		t.Helper()
		_, d, err := f.Config()
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	all := files(c.ca.File, c.client.Cert, c.client.Key)
	before := load(all)
	if load(all) != before {
		t.Error("two loads of the same files differ")
	}
	for name, f := range map[string]*Files{"nothing": {}, "the authority alone": files(c.ca.File, "", ""), "another authority": files(c.stranger.File, c.client.Cert, c.client.Key)} {
		if load(f) == before {
			t.Errorf("%s: the digest is that of all files", name)
		}
	}
	must(c.ca.Client("client", "edge"))(t)
	if load(all) == before {
		t.Error("a renewed certificate has the digest of the old one")
	}
	copied := filepath.Join(t.TempDir(), "ca.pem")
	text, err := os.ReadFile(c.ca.File)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(copied, text, 0o600); err != nil {
		t.Fatal(err)
	}
	if load(files(copied, "", "")) != load(files(c.ca.File, "", "")) {
		t.Error("the path changes the digest of the same contents")
	}
}

var cures = Cures{Authority: "write ca", Name: "write server_name", Certificate: "write cert", Plain: "delete tls"}

// TestExplain makes real handshakes fail, each in its own way.
func TestExplain(t *testing.T) {
	c := newCertificates(t)
	good := must(c.ca.Server("good", "127.0.0.1"))(t)
	other := must(c.ca.Server("other", "elsewhere.example"))(t)
	unnamed := must(c.ca.Unnamed("unnamed", "elsewhere.example"))(t)
	expired := must(c.ca.Expired("expired", "elsewhere.example"))(t)
	for name, tc := range map[string]struct {
		server     *certtest.Pair
		client     *Files
		name       string
		demands    tls.ClientAuthType
		version    uint16
		plain      bool
		want, cure string // "" is a handshake that succeeds
	}{
		"good":             {server: good, client: files(c.ca.File, "", "")},
		"server_name":      {server: other, client: files(c.ca.File, "", ""), name: "elsewhere.example"},
		"with certificate": {server: good, client: files(c.ca.File, c.client.Cert, c.client.Key), demands: tls.RequireAndVerifyClientCert},
		"wrong authority":  {server: good, client: files(c.stranger.File, "", ""), want: "does not trust the authority of the server's", cure: "write ca"},
		"wrong name":       {server: other, client: files(c.ca.File, "", ""), want: "any IP SANs", cure: "write server_name"},
		"wrong server_name": {
			server: good, client: files(c.ca.File, "", ""), name: "elsewhere.example",
			want: "for another name", cure: "write server_name",
		},
		"expired":            {server: expired, client: files(c.ca.File, "", ""), name: "elsewhere.example", want: "has expired", cure: "look at the clocks"},
		"not a server":       {server: c.client, client: files(c.ca.File, "", ""), name: "edge", want: "cannot be used", cure: "issue one for a server"},
		"Common Name alone":  {server: unnamed, client: files(c.ca.File, "", ""), name: "elsewhere.example", want: "Common Name alone", cure: "as subjectAltName"},
		"plain":              {plain: true, client: files(c.ca.File, "", ""), want: "does not speak TLS", cure: "delete tls"},
		"no certificate":     {server: good, client: files(c.ca.File, "", ""), demands: tls.RequireAndVerifyClientCert, want: "wants a client certificate", cure: "write cert"},
		"no certificate 1.2": {server: good, client: files(c.ca.File, "", ""), demands: tls.RequireAndVerifyClientCert, version: tls.VersionTLS12, want: "ends the handshake", cure: "write cert"},
		"alien certificate": {
			server: good, client: files(c.ca.File, c.alien.Cert, c.alien.Key), demands: tls.RequireAndVerifyClientCert,
			want: "does not trust the authority of the client certificate", cure: "write cert",
		},
	} {
		err := handshake(t, c, tc.server, tc.client, tc.name, tc.demands, tc.version, tc.plain)
		switch {
		case tc.want == "" && err != nil:
			t.Errorf("%s: %v", name, err)
		case tc.want == "":
		case err == nil:
			t.Errorf("%s: the handshake succeeds", name)
		default:
			if got := cures.Explain(err); !strings.Contains(got, tc.want) || !strings.HasSuffix(got, tc.cure) {
				t.Errorf("%s: %q of %v, want %q and %q", name, got, err, tc.want, tc.cure)
			}
		}
	}
	if got := cures.Explain(net.ErrClosed); got != "" {
		t.Errorf("an error that is not about TLS: %q", got)
	}
}

// handshake connects, and reads one byte, since a server of TLS 1.3 judges the
// client's certificate after the client's part of the handshake.
func handshake(t *testing.T, c *certificates, pair *certtest.Pair, client *Files, name string, demands tls.ClientAuthType, version uint16, plain bool) error {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if !plain {
		cert, err := tls.LoadX509KeyPair(pair.Cert, pair.Key)
		if err != nil {
			t.Fatal(err)
		}
		roots := x509.NewCertPool()
		text, err := os.ReadFile(c.ca.File)
		if err != nil || !roots.AppendCertsFromPEM(text) {
			t.Fatal("the authority cannot be read", err)
		}
		l = tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{cert}, ClientCAs: roots, ClientAuth: demands, MaxVersion: version}) //nolint:gosec // 0 is the newest
	}
	go func() {
		conn, err := l.Accept()
		if err == nil {
			_, _ = conn.Write([]byte("+OK\r\n+OK\r\n"))
			_, _ = conn.Read(make([]byte, 1024))
			_ = conn.Close()
		}
	}()
	config, _, err := client.Config()
	if err != nil {
		t.Fatal(err)
	}
	config.ServerName = name
	conn, err := tls.Dial("tcp", l.Addr().String(), config)
	if err != nil {
		return err
	}
	defer conn.Close()
	_, err = conn.Read(make([]byte, 1))
	return err
}
