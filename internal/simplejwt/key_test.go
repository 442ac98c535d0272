// SPDX-License-Identifier: Apache-2.0

package simplejwt

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// readKey reads one of the keys that openssl made for the tests.
func readKey(tb testing.TB, name string) []byte {
	tb.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "keys", name))
	if err != nil {
		tb.Fatal(err)
	}
	return data
}

// readDER reads such a key without its PEM armour.
func readDER(tb testing.TB, name string) []byte {
	tb.Helper()
	block, _ := pem.Decode(readKey(tb, name))
	if block == nil {
		tb.Fatalf("%s is no PEM", name)
	}
	return block.Bytes
}

// TestSecrets: what may be an HMAC secret. A public key that verifies RS256 or
// ES256 elsewhere must never become one: whoever has it could forge tokens
// (CVE-2015-9235, CVE-2023-48223, CVE-2026-34950, CVE-2026-48526).
func TestSecrets(t *testing.T) {
	pub, der := readKey(t, "rsa.pub"), readDER(t, "rsa.pub")
	parsed, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8 := readDER(t, "es256.pem")
	body := strings.Join(strings.Split(strings.TrimSpace(string(pub)), "\n")[1:], "\n")
	body = body[:strings.IndexByte(body, '-')]
	tests := []struct {
		name, algorithm, secret string
		want                    error
	}{
		{"32 bytes", "HS256", strings.Repeat("k", 32), nil},
		{"48 bytes", "HS384", strings.Repeat("k", 48), nil},
		{"64 bytes", "HS512", strings.Repeat("k", 64), nil},
		{"Django's default", "HS256", "django-insecure-#r2=b4f(!k9^5q3c+x1v8_0z7w6y5u4t3s2r1q0", nil},
		{"looks like DER at first", "HS256", "00" + strings.Repeat("k", 48), nil},
		{"base64 of noise", "HS256", base64.StdEncoding.EncodeToString([]byte(strings.Repeat("k", 48))), nil},
		{"hex of noise", "HS256", hex.EncodeToString([]byte(strings.Repeat("k", 48))), nil},
		{"base64url of noise", "HS256", base64.RawURLEncoding.EncodeToString([]byte("00" + strings.Repeat("\xff", 47))), nil},
		{"JSON of no key", "HS256", `{"secret":"` + strings.Repeat("k", 40) + `"}`, nil},

		{"31 bytes", "HS256", strings.Repeat("k", 31), ErrShortSecret},
		{"47 bytes", "HS384", strings.Repeat("k", 47), ErrShortSecret},
		{"63 bytes", "HS512", strings.Repeat("k", 63), ErrShortSecret},
		{"empty", "HS256", "", ErrBlankSecret},
		{"blank", "HS256", strings.Repeat(" \t\n", 20), ErrBlankSecret},

		{"PEM", "HS256", string(pub), ErrPublicKey},
		{"PEM and a line break", "HS256", string(pub) + "\n", ErrPublicKey},
		{"PEM without its last line break", "HS256", strings.TrimSpace(string(pub)), ErrPublicKey},
		{"space and PEM", "HS384", " " + string(pub), ErrPublicKey},
		{"PEM with CRLF", "HS512", strings.ReplaceAll(string(pub), "\n", "\r\n"), ErrPublicKey},
		{"PEM with literal line breaks", "HS256", strings.ReplaceAll(string(pub), "\n", `\n`), ErrPublicKey},
		{"PEM behind a byte order mark", "HS256", "\uFEFF" + string(pub), ErrPublicKey},
		{"PEM of a private key", "HS256", string(readKey(t, "es256.pem")), ErrPublicKey},
		{"the body of a PEM", "HS256", body, ErrPublicKey},
		{"DER of SPKI", "HS256", string(der), ErrPublicKey},
		{"DER and a line break", "HS256", string(der) + "\n", ErrPublicKey},
		{"DER of SPKI, ECDSA", "HS256", string(readDER(t, "es256.pub")), ErrPublicKey},
		{"DER of SPKI, Ed25519", "HS256", string(readDER(t, "ed25519.pub")), ErrPublicKey},
		{"DER of PKCS#1", "HS256", string(x509.MarshalPKCS1PublicKey(parsed.(*rsa.PublicKey))), ErrPublicKey},
		{"DER of PKCS#8", "HS256", string(pkcs8), ErrPublicKey},
		{"base64 of DER without padding", "HS256", base64.RawStdEncoding.EncodeToString(der), ErrPublicKey},
		{"base64url of DER", "HS256", base64.URLEncoding.EncodeToString(der), ErrPublicKey},
		{"base64url of DER without padding", "HS256", base64.RawURLEncoding.EncodeToString(readDER(t, "es256.pub")), ErrPublicKey},
		{"base64 of a PEM", "HS256", base64.StdEncoding.EncodeToString(pub), ErrPublicKey},
		{"hex of DER", "HS256", hex.EncodeToString(der), ErrPublicKey},
		{"hex of DER, upper case", "HS256", "0X" + strings.ToUpper(hex.EncodeToString(readDER(t, "ed25519.pub"))) + "\n", ErrPublicKey},
		{"hex of DER with colons", "HS256", strings.TrimSpace(strings.ReplaceAll(fmt.Sprintf("% x", readDER(t, "es256.pub")), " ", ":\n")), ErrPublicKey},
		{"hex of a PEM", "HS256", hex.EncodeToString(pub), ErrPublicKey},
		{"JWK", "HS256", `{"kty":"RSA","n":"` + strings.Repeat("A", 342) + `","e":"AQAB"}`, ErrPublicKey},
		{"space and JWK", "HS256", ` { "kty" : "EC", "crv" : "P-256", "x" : "AAAA", "y" : "AAAA" }`, ErrPublicKey},
		{"JWK set", "HS256", `{"keys":[{"kty":"RSA","n":"` + strings.Repeat("A", 342) + `","e":"AQAB"}]}`, ErrPublicKey},
		{"OpenSSH", "HS256", "ssh-rsa " + strings.Repeat("A", 372) + " me@host", ErrPublicKey},
		{"OpenSSH, Ed25519", "HS256", "ssh-ed25519 " + strings.Repeat("A", 68), ErrPublicKey},
		{"OpenSSH, ECDSA", "HS256", "\necdsa-sha2-nistp256 " + strings.Repeat("A", 140), ErrPublicKey},
		{"SSH2", "HS256", "---- BEGIN SSH2 PUBLIC KEY ----\n" + strings.Repeat("A", 372), ErrPublicKey},

		{"no algorithm", "", strings.Repeat("k", 64), ErrAlgorithm},
		{"none", "none", strings.Repeat("k", 64), ErrAlgorithm},
		{"lower case", "hs256", strings.Repeat("k", 64), ErrAlgorithm},
		{"secp256k1", "ES256K", strings.Repeat("k", 64), ErrAlgorithm},
	}
	for _, tt := range tests {
		key, err := NewKey(tt.algorithm, []byte(tt.secret), false)
		if !errors.Is(err, tt.want) {
			t.Errorf("%s: got %v, want %v", tt.name, err, tt.want)
		}
		if (key == nil) == (err == nil) || key != nil && key.Algorithm() != tt.algorithm {
			t.Errorf("%s: key %v beside error %v", tt.name, key, err)
		}
		if err != nil && len(tt.secret) > 8 && strings.Contains(err.Error(), tt.secret[:8]) {
			t.Errorf("%s: the error quotes the secret: %v", tt.name, err)
		}
		// allow_short_key is about the length and about nothing else.
		key, err = NewKey(tt.algorithm, []byte(tt.secret), true)
		if !errors.Is(err, tt.want) && tt.want != ErrShortSecret || err != nil && tt.want == ErrShortSecret {
			t.Errorf("%s, short ones allowed: got %v", tt.name, err)
		}
		if key != nil && key.Short() != (tt.want == ErrShortSecret) {
			t.Errorf("%s: short is %v", tt.name, key.Short())
		}
	}
}

// TestSecretIsCopied: a key does not change with the slice it was made of.
func TestSecretIsCopied(t *testing.T) {
	secret := []byte(testSecret)
	key, err := NewKey("HS256", secret, false)
	if err != nil {
		t.Fatal(err)
	}
	clear(secret)
	b := newBackend(t, "5.3", nil)
	var s Scratch
	if _, err := b.Refresh(t.Context(), &s, []byte(signed(t, key, withHeader(key), goodClaims)), testNow); err != nil {
		t.Error(err)
	}
}

// TestSame: two keys are the same if they verify the same tokens.
func TestSame(t *testing.T) {
	other, err := NewKey("HS256", []byte(strings.Repeat("another secret, ", 4)), false)
	if err != nil {
		t.Fatal(err)
	}
	public, err := NewVerifyingKeyFrom("RS256", testKey(t, "RS256").PublicKey())
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		a, b *Key
		want bool
	}{
		{"one secret", testKey(t, "HS256"), testKey(t, "HS256"), true},
		{"two secrets", testKey(t, "HS256"), other, false},
		{"another hash", testKey(t, "HS256"), testKey(t, "HS384"), false},
		{"both halves and one", testKey(t, "RS256"), public, true},
		{"another algorithm of one key", testKey(t, "RS512"), public, false},
		{"two kinds", testKey(t, "ES256"), testKey(t, "EdDSA"), false},
		{"two curves", testKey(t, "ES256"), testKey(t, "ES384"), false},
	} {
		if tt.a.Same(tt.b) != tt.want || tt.b.Same(tt.a) != tt.want {
			t.Errorf("%s: want %v", tt.name, tt.want)
		}
	}
}
