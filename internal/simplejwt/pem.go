// SPDX-License-Identifier: Apache-2.0

package simplejwt

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
)

// parsePEM reads the one key that data holds: a private key is a crypto.Signer, and a
// public key may be in a certificate. want is for error texts. Errors of the parsers are
// left out, since they may quote the key.
func parsePEM(data []byte, want keyKind) (any, error) {
	block, err := onlyBlock(data, want)
	if err != nil {
		return nil, err
	}
	if block.Type == "ENCRYPTED PRIVATE KEY" || block.Headers["DEK-Info"] != "" {
		return nil, fmt.Errorf("%w: it is encrypted; `openssl pkey -in encrypted.pem` asks for the password and prints it plain", ErrKeyFormat)
	}
	var parsers []func([]byte) (any, error)
	switch block.Type {
	case "PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY":
		parsers = privateParsers
	case "PUBLIC KEY", "RSA PUBLIC KEY":
		parsers = publicParsers
	case "CERTIFICATE":
		parsers = certificateParsers
	case "OPENSSH PRIVATE KEY":
		return nil, fmt.Errorf("%w: it is in OpenSSH's format; `ssh-keygen -p -m PKCS8 -f copy` converts a copy of it", ErrKeyFormat)
	default:
		return nil, fmt.Errorf("%w: its PEM is of no type that holds a key for tokens; %s", ErrKeyFormat, cureFor(want))
	}
	for _, parse := range parsers {
		if key, err := parse(block.Bytes); err == nil {
			return key, nil
		}
	}
	return nil, fmt.Errorf("%w: it is damaged, or neither RSA, nor ECDSA on P-256, P-384 or P-521, nor Ed25519; %s", ErrKeyFormat, cureFor(want))
}

// onlyBlock returns the one PEM block of data. It skips the parameters that openssl
// ecparam writes in front of a key.
func onlyBlock(data []byte, want keyKind) (*pem.Block, error) {
	switch {
	case len(bytes.TrimSpace(data)) == 0:
		return nil, fmt.Errorf("%w: it is blank; %s", ErrKeyFormat, cureFor(want))
	case bytes.HasPrefix(bytes.TrimSpace(data), []byte("ssh-")), bytes.HasPrefix(bytes.TrimSpace(data), []byte("ecdsa-sha2-")):
		return nil, fmt.Errorf("%w: it is in OpenSSH's format; `ssh-keygen -e -m PKCS8 -f key.pub` prints it as PEM", ErrKeyFormat)
	case !bytes.Contains(data, []byte("-----BEGIN ")):
		return nil, fmt.Errorf("%w: it is not a PEM; %s; for a shared secret write algorithm HS256", ErrKeyFormat, cureFor(want))
	}
	data = bytes.ReplaceAll(data, []byte(`\n`), []byte("\n")) // how platforms write a PEM in an environment variable
	var only *pem.Block
	for {
		var block *pem.Block
		block, data = pem.Decode(data)
		switch {
		case block == nil && only == nil:
			return nil, fmt.Errorf("%w: its PEM is incomplete, or has lost its line breaks; "+
				"put the key into a file and write {file./path/to/key.pem}", ErrKeyFormat)
		case block == nil:
			return only, nil
		case strings.HasSuffix(block.Type, " PARAMETERS"):
			continue
		case only != nil:
			return nil, fmt.Errorf("%w: its PEM holds more than one key or certificate; keep only the one that is meant", ErrKeyFormat)
		}
		only = block
	}
}

func cureFor(want keyKind) string {
	return "give a PEM with a key that is " + want.name + ", such as `" + want.command + "` makes"
}

var (
	privateParsers = []func([]byte) (any, error){
		x509.ParsePKCS8PrivateKey,
		func(der []byte) (any, error) { return x509.ParsePKCS1PrivateKey(der) },
		func(der []byte) (any, error) { return x509.ParseECPrivateKey(der) },
	}
	publicParsers = []func([]byte) (any, error){
		x509.ParsePKIXPublicKey,
		func(der []byte) (any, error) { return x509.ParsePKCS1PublicKey(der) },
	}
	certificateParsers = []func([]byte) (any, error){
		func(der []byte) (any, error) {
			certificate, err := x509.ParseCertificate(der)
			if err == nil && certificate.PublicKey == nil {
				err = errors.New("its key is of an unknown kind")
			}
			if err != nil {
				return nil, err
			}
			return certificate.PublicKey, nil
		},
	}
)
