// SPDX-License-Identifier: Apache-2.0

package conformance

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/asn1"
	"math/big"
	"slices"
)

// signatures are tokens of a pair of keys whose signature or alg is odd.
func (m *maker) signatures() {
	payload := m.claims().Payload()
	for _, alg := range []string{"RS256", "RS384", "RS512", "PS256", "PS384", "ES256", "ES256K", "ES384", "EdDSA", "Ed25519", "ed25519", "HS512"} {
		m.refresh("alg "+alg+", signed by "+m.p.Algorithm, Compact(m.p.Algorithm, m.p.Key, Header(alg), payload))
	}
	input := b64.EncodeToString([]byte(Header(m.p.Algorithm))) + "." + b64.EncodeToString([]byte(payload))
	good := Signature(m.p.Algorithm, m.p.Key, input)
	odd := func(name string, signature []byte) {
		m.refresh("signature: "+name, input+"."+b64.EncodeToString(signature))
	}
	odd("none", nil)
	odd("zeros", make([]byte, len(good)))
	odd("a zero in front", append([]byte{0}, good...))
	odd("a zero behind", append(slices.Clone(good), 0))
	odd("the last byte missing", good[:len(good)-1])
	odd("backwards", backwards(good))
	odd("of the other key", Signature(m.p.Algorithm, m.p.OtherKey, input))
	odd("HMAC with the public key", MAC("HS256", m.p.Public, input))
	digest := sha256.Sum256([]byte(input))
	switch private := privateKey(m.p.Key).(type) {
	case *rsa.PrivateKey:
		odd("RS256", rsaSignature(private, digest, crypto.SHA256))
		odd("RS256 without a digest's name", rsaSignature(private, digest, crypto.Hash(0)))
		odd("PS256", rsaSignature(private, digest, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: crypto.SHA256}))
		odd("PS256 with 20 bytes of salt", rsaSignature(private, digest, &rsa.PSSOptions{SaltLength: 20, Hash: crypto.SHA256}))
		odd("PS256 with all the salt there is room for", rsaSignature(private, digest, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthAuto, Hash: crypto.SHA256}))
		s := new(big.Int).SetBytes(good)
		odd("plus the modulus", s.Add(s, private.N).Bytes())
	case *ecdsa.PrivateKey:
		n := elliptic.P256().Params().N
		r, s := ecdsaSignature(private, digest)
		odd("r and s", fixed(r, s))
		odd("s on the other side", fixed(r, new(big.Int).Sub(n, s))) // RFC 7518 leaves both
		odd("r is zero", fixed(new(big.Int), s))
		odd("s is zero", fixed(r, new(big.Int)))
		odd("r is n", fixed(n, s))
		odd("s is n", fixed(r, n))
		der, err := asn1.Marshal(struct{ R, S *big.Int }{r, s})
		if err != nil {
			panic(err)
		}
		odd("DER", der)
	case ed25519.PrivateKey:
		// L, the order of the group (RFC 8032 section 5.1).
		order, _ := new(big.Int).SetString("7237005577332262213973186563042994240857116359379907606001950938285454250989", 10)
		s := new(big.Int).SetBytes(backwards(good[32:]))
		high := make([]byte, 32)
		s.Add(s, order).FillBytes(high)
		odd("s plus the order", append(slices.Clone(good[:32]), backwards(high)...))
		odd("R of another text", append(slices.Clone(ed25519.Sign(private, []byte("x"))[:32]), good[32:]...))
	}
}

func backwards(b []byte) []byte {
	out := slices.Clone(b)
	slices.Reverse(out)
	return out
}
