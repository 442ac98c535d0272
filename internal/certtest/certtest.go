// SPDX-License-Identifier: Apache-2.0

// Package certtest makes certificates for tests: an authority of their own, and what
// it issues to servers and clients, as files in PEM. It makes keys as well.
package certtest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// Authority issues certificates into a directory.
type Authority struct {
	File string // its own certificate

	dir  string
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	last int64 // serial number
}

// Pair is a certificate and its key.
type Pair struct{ Cert, Key string }

// New makes an authority. The name is that of its file, and the authority's own.
func New(dir, name string) (*Authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	a := &Authority{File: filepath.Join(dir, name+".pem"), dir: dir, key: key, last: 1}
	a.cert = &x509.Certificate{
		SerialNumber: big.NewInt(a.last), Subject: pkix.Name{CommonName: name}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign, NotBefore: time.Now().Add(-2 * time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, a.cert, a.cert, &key.PublicKey, key)
	if err != nil {
		return nil, err
	}
	return a, writePEM(a.File, "CERTIFICATE", der)
}

// Server issues to a server at an IP address or a host name.
func (a *Authority) Server(name, host string) (*Pair, error) {
	c := &x509.Certificate{NotAfter: a.cert.NotAfter, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	if ip := net.ParseIP(host); ip != nil {
		c.IPAddresses = []net.IP{ip}
	} else {
		c.DNSNames = []string{host}
	}
	return a.issue(name, c)
}

// Unnamed issues to a server whose host is its Common Name and nothing else, as
// certificates were made long ago.
func (a *Authority) Unnamed(name, host string) (*Pair, error) {
	return a.issue(name, &x509.Certificate{
		Subject: pkix.Name{CommonName: host}, NotAfter: a.cert.NotAfter, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	})
}

// Expired is Server for a certificate that expired an hour ago.
func (a *Authority) Expired(name, host string) (*Pair, error) {
	return a.issue(name, &x509.Certificate{
		NotAfter: time.Now().Add(-time.Hour), DNSNames: []string{host}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	})
}

// Client issues to a client, whose name is the subject's.
func (a *Authority) Client(name, commonName string) (*Pair, error) {
	return a.issue(name, &x509.Certificate{
		Subject: pkix.Name{CommonName: commonName}, DNSNames: []string{commonName}, NotAfter: a.cert.NotAfter, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
}

// issue overwrites the files of an earlier pair with that name, as a renewal does.
func (a *Authority) issue(name string, cert *x509.Certificate) (*Pair, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	a.last++
	cert.SerialNumber, cert.NotBefore, cert.KeyUsage = big.NewInt(a.last), a.cert.NotBefore, x509.KeyUsageDigitalSignature
	der, err := x509.CreateCertificate(rand.Reader, cert, a.cert, &key.PublicKey, a.key)
	if err != nil {
		return nil, err
	}
	keyDER, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return nil, err
	}
	p := &Pair{filepath.Join(a.dir, name+".pem"), filepath.Join(a.dir, name+"-key.pem")}
	if err := writePEM(p.Cert, "CERTIFICATE", der); err != nil {
		return nil, err
	}
	return p, writePEM(p.Key, "EC PRIVATE KEY", keyDER)
}

func writePEM(file, kind string, der []byte) error {
	return os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600)
}
