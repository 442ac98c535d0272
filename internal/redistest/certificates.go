// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package redistest

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

// Certificates are files in PEM: an authority and a server's key pair for
// 127.0.0.1, or, as OtherHost, for a name that no test connects to.
type Certificates struct {
	CA, Cert, Key           string
	OtherHostCert, OtherKey string
}

// WriteCertificates makes them in dir.
func WriteCertificates(dir string) (*Certificates, error) {
	c := &Certificates{
		CA: filepath.Join(dir, "ca.pem"), Cert: filepath.Join(dir, "cert.pem"), Key: filepath.Join(dir, "key.pem"),
		OtherHostCert: filepath.Join(dir, "other.pem"), OtherKey: filepath.Join(dir, "otherkey.pem"),
	}
	caKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	ca := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "redistest"}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, ca, ca, &caKey.PublicKey, caKey)
	if err != nil {
		return nil, err
	}
	if err := writePEM(c.CA, "CERTIFICATE", der); err != nil {
		return nil, err
	}
	good := &x509.Certificate{SerialNumber: big.NewInt(2), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	other := &x509.Certificate{SerialNumber: big.NewInt(3), DNSNames: []string{"elsewhere.example"}}
	if err := issue(ca, caKey, good, c.Cert, c.Key); err != nil {
		return nil, err
	}
	return c, issue(ca, caKey, other, c.OtherHostCert, c.OtherKey)
}

func issue(ca *x509.Certificate, caKey *ecdsa.PrivateKey, cert *x509.Certificate, certFile, keyFile string) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	cert.NotBefore, cert.NotAfter = ca.NotBefore, ca.NotAfter
	cert.KeyUsage, cert.ExtKeyUsage = x509.KeyUsageDigitalSignature, []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	der, err := x509.CreateCertificate(rand.Reader, cert, ca, &key.PublicKey, caKey)
	if err != nil {
		return err
	}
	keyDER, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return err
	}
	if err := writePEM(certFile, "CERTIFICATE", der); err != nil {
		return err
	}
	return writePEM(keyFile, "EC PRIVATE KEY", keyDER)
}

func writePEM(file, kind string, der []byte) error {
	return os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600)
}
