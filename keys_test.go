// SPDX-License-Identifier: Apache-2.0

package caddyrefresh

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"strings"
	"testing"
)

// testKeys are keys of each kind in PEM, by the name of the environment variable
// that test configurations read them from: TEST_RSA, TEST_RSA_PUBLIC and so on.
func testKeys(t *testing.T) map[string]string {
	t.Helper()
	keys := make(map[string]string)
	add := func(name string, key crypto.Signer, err error) {
		if err != nil {
			t.Fatal(err)
		}
		private, err := x509.MarshalPKCS8PrivateKey(key)
		if err != nil {
			t.Fatal(err)
		}
		public, err := x509.MarshalPKIXPublicKey(key.Public())
		if err != nil {
			t.Fatal(err)
		}
		keys[name] = encodePEM("PRIVATE KEY", private)
		keys[name+"_PUBLIC"] = encodePEM("PUBLIC KEY", public)
	}
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	add("TEST_RSA", rsaKey, err)
	p256, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	add("TEST_P256", p256, err)
	other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	add("TEST_OTHER_P256", other, err)
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	add("TEST_P384", p384, err)
	_, edKey, err := ed25519.GenerateKey(rand.Reader)
	add("TEST_ED25519", edKey, err)
	keys["TEST_LITERAL_NEWLINES"] = strings.ReplaceAll(keys["TEST_P256"], "\n", `\n`)
	keys["TEST_BASE64_PEM"] = base64.StdEncoding.EncodeToString([]byte(keys["TEST_P256"]))
	keys["TEST_PATH_IN_ENV"] = "/run/secrets/jwt"
	block, _ := pem.Decode([]byte(keys["TEST_P256_PUBLIC"]))
	keys["TEST_P256_PUBLIC_HEX"] = hex.EncodeToString(block.Bytes)
	keys["TEST_ENCRYPTED"] = encodePEM("ENCRYPTED PRIVATE KEY", []byte("opaque"))
	return keys
}

func encodePEM(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

// setTestKeys puts them into the environment.
func setTestKeys(t *testing.T) {
	t.Helper()
	for name, key := range testKeys(t) {
		t.Setenv(name, key)
	}
}
