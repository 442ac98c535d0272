// SPDX-License-Identifier: Apache-2.0

package simplejwt

import (
	"bytes"
	"crypto"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"
)

var asymmetricAlgorithms = []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}

// privateKey parses the signing key of the tests for algorithm.
func privateKey(tb testing.TB, algorithm string) crypto.Signer {
	tb.Helper()
	block, _ := pem.Decode(signingKey(tb, algorithm))
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		tb.Fatal(err)
	}
	return key.(crypto.Signer)
}

func armour(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

// must returns der, which the standard library made of a good key.
func must(tb testing.TB) func(der []byte, err error) []byte {
	return func(der []byte, err error) []byte {
		tb.Helper()
		if err != nil {
			tb.Fatal(err)
		}
		return der
	}
}

func certificateOf(tb testing.TB, key crypto.Signer) string {
	tb.Helper()
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "t"}, NotAfter: time.Unix(1, 0)}
	return armour("CERTIFICATE", must(tb)(x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)))
}

// TestKeyFormats: the encodings in which openssl and others write keys, each of
// which gives the same key.
func TestKeyFormats(t *testing.T) {
	der := must(t)
	for _, algorithm := range asymmetricAlgorithms {
		key := privateKey(t, algorithm)
		pkcs8 := armour("PRIVATE KEY", der(x509.MarshalPKCS8PrivateKey(key)))
		spki := armour("PUBLIC KEY", der(x509.MarshalPKIXPublicKey(key.Public())))
		private := map[string]string{
			"PKCS#8":                 pkcs8,
			"CRLF":                   strings.ReplaceAll(pkcs8, "\n", "\r\n"),
			"text around":            "Bag Attributes\n    friendlyName: x\n" + pkcs8 + "\nbye\n",
			"no last line break":     strings.TrimSpace(pkcs8),
			"\\n for line breaks":    strings.ReplaceAll(pkcs8, "\n", `\n`),
			"byte order mark, space": "\uFEFF\n" + pkcs8 + "  ",
		}
		public := map[string]string{"SPKI": spki, "certificate": certificateOf(t, key)}
		switch key := key.(type) {
		case *rsa.PrivateKey:
			private["PKCS#1"] = armour("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(key))
			public["PKCS#1"] = armour("RSA PUBLIC KEY", x509.MarshalPKCS1PublicKey(&key.PublicKey))
		case *ecdsa.PrivateKey:
			sec1 := armour("EC PRIVATE KEY", der(x509.MarshalECPrivateKey(key)))
			private["SEC 1"] = sec1
			private["SEC 1 behind its parameters"] = armour("EC PARAMETERS", []byte{6, 8, 42, 134, 72, 206, 61, 3, 1, 7}) + sec1
		}
		for name, text := range private {
			k, err := NewKey(algorithm, []byte(text), false)
			if err != nil || k.sign == nil || k.Algorithm() != algorithm || !samePublic(k, testKey(t, algorithm)) {
				t.Errorf("%s as %s: %v", algorithm, name, err)
			}
			if _, err := NewVerifyingKey(algorithm, []byte(text)); !errors.Is(err, ErrPrivateKey) {
				t.Errorf("%s as %s to verify with: %v", algorithm, name, err)
			}
		}
		for name, text := range public {
			k, err := NewVerifyingKey(algorithm, []byte(text))
			if err != nil || k.sign != nil || k.Algorithm() != algorithm || !samePublic(k, testKey(t, algorithm)) {
				t.Errorf("%s as %s: %v", algorithm, name, err)
			}
			if _, err := NewKey(algorithm, []byte(text), true); !errors.Is(err, ErrCannotSign) {
				t.Errorf("%s as %s to sign with: %v", algorithm, name, err)
			}
		}
		for name, text := range map[string]string{"private": pkcs8, "public": spki} {
			if k, err := NewPreviousKey(algorithm, []byte(text), false); err != nil || k.sign != nil || !samePublic(k, testKey(t, algorithm)) {
				t.Errorf("%s, %s, as a previous key: %v", algorithm, name, err)
			}
		}
	}
}

// TestKeysRefused: a text that is no key for the algorithm is refused. The error says
// what to do and does not quote the key.
func TestKeysRefused(t *testing.T) {
	der := must(t)
	generate := func(key crypto.Signer, err error) string {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return armour("PRIVATE KEY", der(x509.MarshalPKCS8PrivateKey(key)))
	}
	x25519, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	rsaPEM, p256, p384 := string(readKey(t, "rsa.pem")), string(readKey(t, "es256.pem")), string(readKey(t, "es384.pem"))
	ed := string(readKey(t, "ed25519.pem"))
	p224 := generate(ecdsa.GenerateKey(elliptic.P224(), rand.Reader))
	rsa1024 := generate(rsa.GenerateKey(rand.Reader, 1024))
	encrypted := "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\nAAAA\n-----END RSA PRIVATE KEY-----\n"
	tests := []struct {
		name, algorithm, text string
		want                  error
		cure                  string
	}{
		{"an HMAC secret", "RS256", testSecret, ErrKeyFormat, "write algorithm HS256"},
		{"nothing", "ES256", " \n", ErrKeyFormat, "ec_paramgen_curve:P-256"},
		{"spaces for line breaks", "RS256", strings.ReplaceAll(rsaPEM, "\n", " "), ErrKeyFormat, "lost its line breaks"},
		{"no end", "RS256", rsaPEM[:len(rsaPEM)/2], ErrKeyFormat, "incomplete"},
		{"damaged", "RS256", strings.Replace(rsaPEM, "MII", "AAA", 1), ErrKeyFormat, "damaged"},
		{"a damaged certificate", "RS256", armour("CERTIFICATE", []byte{0x30, 0}), ErrKeyFormat, "damaged"},
		{"encrypted", "RS256", strings.ReplaceAll(rsaPEM, "PRIVATE", "ENCRYPTED PRIVATE"), ErrKeyFormat, "openssl pkey"},
		{"encrypted in the old way", "RS256", encrypted, ErrKeyFormat, "openssl pkey"},
		{"OpenSSH", "EdDSA", armour("OPENSSH PRIVATE KEY", []byte("openssh-key-v1")), ErrKeyFormat, "ssh-keygen -p"},
		{"OpenSSH, public", "RS256", "ssh-rsa AAAAB3NzaC1yc2E= me", ErrKeyFormat, "ssh-keygen -e"},
		{"OpenSSH, public, ECDSA", "ES256", "ecdsa-sha2-nistp256 AAAA me", ErrKeyFormat, "ssh-keygen -e"},
		{"two keys", "RS256", rsaPEM + p256, ErrKeyFormat, "more than one"},
		{"a chain", "RS256", strings.Repeat(certificateOf(t, privateKey(t, "RS256")), 2), ErrKeyFormat, "more than one"},
		{"a request", "RS256", armour("CERTIFICATE REQUEST", []byte{0x30, 0}), ErrKeyFormat, "no type"},
		{"a public key", "RS256", string(readKey(t, "rsa.pub")), ErrCannotSign, "give the private key"},
		{"a certificate", "ES256", certificateOf(t, privateKey(t, "ES256")), ErrCannotSign, "give the private key"},

		{"RSA for ES256", "ES256", rsaPEM, ErrKeyType, "write algorithm RS256"},
		{"P-256 for RS256", "RS256", p256, ErrKeyType, "write algorithm ES256"},
		{"P-256 for PS256", "PS256", p256, ErrKeyType, "rsa_keygen_bits:2048"},
		{"P-384 for ES256", "ES256", p384, ErrKeyType, "write algorithm ES384"},
		{"P-256 for ES384", "ES384", p256, ErrKeyType, "ec_paramgen_curve:P-384"},
		{"P-256 for ES512", "ES512", p256, ErrKeyType, "ec_paramgen_curve:P-521"},
		{"P-224 for ES256", "ES256", p224, ErrKeyType, "P-256"},
		{"Ed25519 for ES256", "ES256", ed, ErrKeyType, "write algorithm EdDSA"},
		{"P-256 for EdDSA", "EdDSA", p256, ErrKeyType, "openssl genpkey -algorithm ed25519"},
		{"X25519 for EdDSA", "EdDSA", armour("PRIVATE KEY", der(x509.MarshalPKCS8PrivateKey(x25519))), ErrKeyType, "ed25519"},

		{"1024 bits", "RS256", rsa1024, ErrWeakKey, "at least 2048"},
		{"1024 bits for PSS", "PS512", rsa1024, ErrWeakKey, "rsa_keygen_bits:2048"},
	}
	for _, tt := range tests {
		_, err := NewKey(tt.algorithm, []byte(tt.text), true)
		checkRefusal(t, tt.name, tt.text, err, tt.want, tt.cure)
		if tt.want == ErrCannotSign {
			continue // which is as it should be in what follows
		}
		_, err = NewPreviousKey(tt.algorithm, []byte(tt.text), true)
		checkRefusal(t, tt.name+", previous", tt.text, err, tt.want, tt.cure)
		if _, err = NewVerifyingKey(tt.algorithm, []byte(tt.text)); !errors.Is(err, ErrPrivateKey) {
			checkRefusal(t, tt.name+", verifying", tt.text, err, tt.want, tt.cure)
		}
	}
	for _, algorithm := range []string{"", "none", "HS256", "ES256K", "ES521", "EdDSA "} {
		if _, err := NewVerifyingKey(algorithm, readKey(t, "rsa.pub")); !errors.Is(err, ErrAlgorithm) {
			t.Errorf("a verifying key for %q: %v", algorithm, err)
		}
		if _, err := NewVerifyingKeyFrom(algorithm, privateKey(t, "RS256").Public()); !errors.Is(err, ErrAlgorithm) {
			t.Errorf("a verifying key for %q: %v", algorithm, err)
		}
	}
}

func checkRefusal(t *testing.T, name, text string, err, want error, cure string) {
	t.Helper()
	if !errors.Is(err, want) || !strings.Contains(err.Error(), cure) {
		t.Errorf("%s: got %v, want %v with %q", name, err, want, cure)
		return
	}
	for i := 0; i+12 <= len(text); i++ {
		if piece := text[i : i+12]; strings.Contains(err.Error(), piece) && strings.TrimSpace(piece) != "" {
			t.Errorf("%s: the error quotes %q: %v", name, piece, err)
			return
		}
	}
}

// TestUnsafeKeys: keys of the right kind with which tokens can be forged, or
// that only burn time.
func TestUnsafeKeys(t *testing.T) {
	good := privateKey(t, "RS256").Public().(*rsa.PublicKey)
	long := new(big.Int).SetBit(big.NewInt(3), maxRSABits, 1)
	p256 := privateKey(t, "ES256").Public().(*ecdsa.PublicKey)
	tests := []struct {
		name, algorithm string
		key             crypto.PublicKey
		want            error
	}{
		{"good", "RS256", good, nil},
		{"exponent 3", "PS256", &rsa.PublicKey{N: good.N, E: 3}, nil},
		{"2047 bits", "RS256", &rsa.PublicKey{N: new(big.Int).SetBit(new(big.Int).Rsh(good.N, 1), 0, 1), E: 65537}, ErrWeakKey},
		{"8192 bits", "RS256", &rsa.PublicKey{N: new(big.Int).Rsh(long, 1), E: 65537}, nil},
		{"8193 bits", "RS256", &rsa.PublicKey{N: long, E: 65537}, ErrWeakKey},
		{"65536 bits", "RS256", &rsa.PublicKey{N: new(big.Int).SetBit(big.NewInt(1), 65535, 1), E: 65537}, ErrWeakKey},
		{"even modulus", "RS256", &rsa.PublicKey{N: new(big.Int).SetBit(good.N, 0, 0), E: 65537}, ErrWeakKey},
		{"exponent 1", "RS256", &rsa.PublicKey{N: good.N, E: 1}, ErrWeakKey},
		{"exponent 2", "RS256", &rsa.PublicKey{N: good.N, E: 2}, ErrWeakKey},
		{"exponent 65536", "RS256", &rsa.PublicKey{N: good.N, E: 65536}, ErrWeakKey},
		{"exponent -3", "RS256", &rsa.PublicKey{N: good.N, E: -3}, ErrWeakKey},

		{"good", "ES256", p256, nil},
		//nolint:staticcheck // only the deprecated fields let one make such keys
		{"off the curve", "ES256", &ecdsa.PublicKey{Curve: elliptic.P256(), X: p256.X, Y: new(big.Int).Add(p256.Y, big.NewInt(1))}, ErrWeakKey},
		//nolint:staticcheck // likewise
		{"infinity", "ES256", &ecdsa.PublicKey{Curve: elliptic.P256(), X: new(big.Int), Y: new(big.Int)}, ErrWeakKey},
		{"curve swapped", "ES384", p256, ErrKeyType},

		{"good", "EdDSA", privateKey(t, "EdDSA").Public(), nil},
		{"31 bytes", "EdDSA", ed25519.PublicKey(make([]byte, 31)), ErrWeakKey},
		{"a pointer", "EdDSA", new(ed25519.PublicKey), ErrKeyType},
		{"a secret", "EdDSA", []byte(testSecret), ErrKeyType},
		{"nothing", "RS256", nil, ErrKeyType},
	}
	// The points whose order divides 8, with the spellings that are not
	// canonical (Chalkias et al., Taming the Many EdDSAs, 2020, table 1).
	for _, point := range []string{
		"0100000000000000000000000000000000000000000000000000000000000000",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"0000000000000000000000000000000000000000000000000000000000000000",
		"0000000000000000000000000000000000000000000000000000000000000080",
		"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
		"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
		"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
		"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
		"0100000000000000000000000000000000000000000000000000000000000080",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
		"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
		"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
	} {
		raw, err := hex.DecodeString(point)
		if err != nil {
			t.Fatal(err)
		}
		tests = append(tests, struct {
			name, algorithm string
			key             crypto.PublicKey
			want            error
		}{"small order " + point, "EdDSA", ed25519.PublicKey(raw), ErrWeakKey})
	}
	for _, tt := range tests {
		if k, err := NewVerifyingKeyFrom(tt.algorithm, tt.key); !errors.Is(err, tt.want) || (k == nil) == (err == nil) {
			t.Errorf("%s, %s: got %v, want %v", tt.algorithm, tt.name, err, tt.want)
		}
	}
}

// TestROCA: a modulus made as the flawed generator did, of primes k*M + 65537^a mod M,
// is found, and keys that were made properly pass.
func TestROCA(t *testing.T) {
	m := big.NewInt(1)
	for p := int64(2); p <= 701; p++ {
		if big.NewInt(p).ProbablyPrime(0) {
			m.Mul(m, big.NewInt(p))
		}
	}
	prime := func(a int64) *big.Int {
		p := new(big.Int).Exp(big.NewInt(65537), big.NewInt(a), m)
		for p.Add(p, new(big.Int).Lsh(m, 1024-uint(m.BitLen()))); !p.ProbablyPrime(10); {
			p.Add(p, m)
		}
		return p
	}
	n := new(big.Int).Mul(prime(1000), prime(2000))
	if _, err := NewVerifyingKeyFrom("RS256", &rsa.PublicKey{N: n, E: 65537}); !errors.Is(err, ErrWeakKey) {
		t.Errorf("a flawed key of %d bits: %v", n.BitLen(), err)
	}
	for range 1000 {
		n, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 2048))
		if err != nil {
			t.Fatal(err)
		}
		if hasROCA(n.SetBit(n, 0, 1)) {
			t.Errorf("%v counts as flawed", n)
		}
	}
}

// TestHostileAsymmetric: signatures that a lax verifier accepts are refused.
func TestHostileAsymmetric(t *testing.T) {
	for _, algorithm := range asymmetricAlgorithms {
		key := testKey(t, algorithm)
		b := newBackend(t, "5.5", func(c *Config) { c.SigningKey = key })
		good := signed(t, key, withHeader(key), goodClaims)
		dot := strings.LastIndexByte(good, '.')
		signature, err := b64.DecodeString(good[dot+1:])
		if err != nil {
			t.Fatal(err)
		}
		tests := []hostile{{"good", good, nil}}
		bad := func(name string, signature []byte) {
			tests = append(tests, hostile{algorithm + ": " + name, good[:dot+1] + b64.EncodeToString(signature), ErrInvalid})
		}
		bad("none", nil) // CVE-2020-28042
		bad("one byte short", signature[:len(signature)-1])
		bad("one byte long", append(slices.Clone(signature), 0))
		bad("a zero in front", append([]byte{0}, signature...))
		bad("zeros", make([]byte, len(signature)))
		bad("ones", bytes.Repeat([]byte{0xff}, len(signature)))
		bad("reversed", reversed(signature))
		for _, at := range []int{0, len(signature) / 2, len(signature) - 1} {
			flipped := slices.Clone(signature)
			flipped[at] ^= 1
			bad("one bit off", flipped)
		}
		for name, signature := range forgeries(t, algorithm, good[:dot], signature) {
			bad(name, signature)
		}
		run(t, b, tests)
	}
}

func reversed(b []byte) []byte {
	b = slices.Clone(b)
	slices.Reverse(b)
	return b
}

// forgeries makes signatures that are special to the algorithm's family.
func forgeries(tb testing.TB, algorithm, text string, signature []byte) map[string][]byte {
	tb.Helper()
	forged := map[string][]byte{}
	add := func(name string) func([]byte, error) {
		return func(signature []byte, err error) {
			if err != nil {
				tb.Fatal(err)
			}
			forged[name] = signature
		}
	}
	private := privateKey(tb, algorithm)
	if algorithm == "EdDSA" {
		// S + L is the same number modulo the group order (RFC 8032 section 8.4).
		order, _ := new(big.Int).SetString("7237005577332262213973186563042994240857116359379907606001950938285454250989", 10)
		s := new(big.Int).SetBytes(reversed(signature[32:]))
		forged["S above the order"] = append(slices.Clone(signature[:32]), reversed(s.Add(s, order).FillBytes(make([]byte, 32)))...)
		add("Ed25519ph")(private.(ed25519.PrivateKey).Sign(nil, hashed(crypto.SHA512, text), crypto.SHA512))
		return forged
	}
	hash := map[string]crypto.Hash{"256": crypto.SHA256, "384": crypto.SHA384, "512": crypto.SHA512}[algorithm[2:]]
	digest := hashed(hash, text)
	switch private := private.(type) {
	case *rsa.PrivateKey:
		n := new(big.Int).SetBytes(signature)
		if n.Add(n, private.N).BitLen() <= 8*len(signature) {
			forged["plus the modulus"] = n.FillBytes(make([]byte, len(signature)))
		}
		if strings.HasPrefix(algorithm, "PS") {
			add("PKCS#1 v1.5")(rsa.SignPKCS1v15(nil, private, hash, digest))
			for name, salt := range map[string]int{"salt of 8": 8, "salt one short": hash.Size() - 1, "salt one long": hash.Size() + 1} {
				add(name)(rsa.SignPSS(rand.Reader, private, hash, digest, &rsa.PSSOptions{SaltLength: salt}))
			}
			add("longest salt")(rsa.SignPSS(rand.Reader, private, hash, digest, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthAuto}))
		} else {
			add("PSS")(rsa.SignPSS(rand.Reader, private, hash, digest, nil))
			add("no prefix")(rsa.SignPKCS1v15(nil, private, 0, digest))
			add("SHA-1")(rsa.SignPKCS1v15(nil, private, crypto.SHA1, hashed(crypto.SHA1, text)))
		}
	case *ecdsa.PrivateKey:
		half, order := len(signature)/2, private.Params().N
		field := func(n *big.Int) []byte { return n.FillBytes(make([]byte, half)) }
		add("DER")(ecdsa.SignASN1(rand.Reader, private, digest))
		r, s := signature[:half], signature[half:]
		one, zero := big.NewInt(1), new(big.Int)
		forged["r = s = 0"] = append(field(zero), field(zero)...) // CVE-2022-21449
		forged["r = 0"] = append(field(zero), s...)
		forged["s = 0"] = append(slices.Clone(r), field(zero)...)
		forged["r = s = n"] = append(field(order), field(order)...)
		forged["r = s = 1"] = append(field(one), field(one)...)
		forged["s = n"] = append(slices.Clone(r), field(order)...)
		for name, n := range map[string]*big.Int{"r + n": new(big.Int).SetBytes(r), "s + n": new(big.Int).SetBytes(s)} {
			if n.Add(n, order).BitLen() > 8*half {
				continue // it does not fit, nearly always
			}
			if forged[name] = append(slices.Clone(r), field(n)...); name == "r + n" {
				forged[name] = append(field(n), s...)
			}
		}
	}
	return forged
}

func hashed(hash crypto.Hash, text string) []byte {
	h := hash.New()
	h.Write([]byte(text))
	return h.Sum(nil)
}
