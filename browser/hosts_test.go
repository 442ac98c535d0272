// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package browser

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/caddyrefresh/caddyrefresh/internal/freeport"
)

// The hosts, as the pages name them. No port is in their names, since the ports of the
// run stand in Chromium's rules alone.
const (
	api    = "https://api.example.test"   // the edge
	front  = "https://front.example.test" // the edge behind a proxy that loses answers
	app    = "https://app.example.test"   // the page on an origin of its own, which is trusted
	sister = "https://blog.example.test"  // another host of the domain
	evil   = "https://evil.test"          // another site
)

// ports are where the hosts listen on 127.0.0.1.
type ports struct{ edge, front, pages int }

func takePorts() (p ports, err error) {
	for _, port := range []*int{&p.edge, &p.front, &p.pages} {
		if *port, err = freeport.Take(); err != nil {
			return p, err
		}
	}
	return p, nil
}

// rules is what Chromium resolves the hosts by.
func (p ports) rules() string {
	rule := func(origin string, port int) string {
		return fmt.Sprintf("MAP %s 127.0.0.1:%d", strings.TrimPrefix(origin, "https://"), port)
	}
	return strings.Join([]string{
		rule(api, p.edge), rule(front, p.front), rule(app, p.pages), rule(sister, p.pages), rule(evil, p.pages),
		"MAP * ~NOTFOUND", // Chromium asks its maker for updates
	}, ",")
}

// certificate is one for all hosts, which no authority knows.
type certificate struct {
	tls.Certificate
	file, keyFile string
	pin           string // of its public key, as Chromium takes it
}

func newCertificate(dir string) (*certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "browser"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		DNSNames: []string{"*.example.test", "evil.test"}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, err
	}
	public, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		return nil, err
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	pin := sha256.Sum256(public)
	c := &certificate{
		Certificate: tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key},
		file:        filepath.Join(dir, "certificate.pem"), keyFile: filepath.Join(dir, "key.pem"),
		pin: base64.StdEncoding.EncodeToString(pin[:]),
	}
	if err := os.WriteFile(c.file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		return nil, err
	}
	return c, os.WriteFile(c.keyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}), 0o600)
}
