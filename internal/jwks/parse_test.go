// SPDX-License-Identifier: Apache-2.0

package jwks

import (
	"crypto"
	"crypto/ecdsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap/zapcore"
)

// jwk is a key as JSON has it.
type jwk map[string]any

// with returns a copy with these members; nil takes one away.
func (k jwk) with(members jwk) jwk {
	k = maps.Clone(k)
	for name, value := range members {
		if k[name] = value; value == nil {
			delete(k, name)
		}
	}
	return k
}

func setOf(t testing.TB, all ...any) string {
	t.Helper()
	body, err := json.Marshal(map[string]any{"keys": append([]any{}, all...)})
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// published is key as NewDocument renders it.
func published(t testing.TB, key PublicKey) jwk {
	t.Helper()
	var set struct{ Keys []jwk }
	if err := json.Unmarshal([]byte(keys(t, key)), &set); err != nil {
		t.Fatal(err)
	}
	return set.Keys[0]
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// number is an odd number of so many bits.
func number(bits uint) string {
	n := new(big.Int).Lsh(big.NewInt(1), bits-1)
	return b64(n.SetBit(n, 0, 1).Bytes())
}

func algorithmIs(name string) func(*Config[crypto.PublicKey]) {
	return func(c *Config[crypto.PublicKey]) { c.Algorithm = name }
}

// TestEntries has one entry in a set for each way to be usable, or not.
func TestEntries(t *testing.T) {
	var (
		ecJWK  = published(t, ec(0, "a"))
		rsaJWK = published(t, PublicKey{&rsaKey().PublicKey, "RS256", "a"})
		edJWK  = published(t, PublicKey{edKey(), "EdDSA", "a"})
		x, y   = ecJWK["x"].(string), ecJWK["y"].(string)
		n      = rsaJWK["n"].(string)
	)
	decoded, err := base64.RawURLEncoding.DecodeString(n)
	if err != nil {
		t.Fatal(err)
	}
	decoded[len(decoded)-1] &^= 1
	even := b64(decoded)

	for name, test := range map[string]struct {
		algorithm string
		entry     any
		reason    string // "" if the key is usable
	}{
		"RSA":   {"RS256", rsaJWK, ""},
		"PSS":   {"PS512", rsaJWK.with(jwk{"alg": "PS512"}), ""},
		"EC":    {"ES256", ecJWK, ""},
		"EdDSA": {"EdDSA", edJWK, ""},

		// RFC 7517 section 4: what is optional, and what is null, which PyJWK takes for absent.
		"no use, no alg":   {"ES256", ecJWK.with(jwk{"use": nil, "alg": nil}), ""},
		"null members":     {"ES256", json.RawMessage(fmt.Sprintf(`{"kty":"EC","crv":"P-256","x":%q,"y":%q,"kid":"a","use":null,"alg":null,"key_ops":null,"d":null}`, x, y)), ""},
		"key_ops":          {"ES256", ecJWK.with(jwk{"key_ops": []string{"verify"}}), ""},
		"unknown members":  {"ES256", ecJWK.with(jwk{"K": "x", "iat": 1, "ext": true}), ""},
		"padded numbers":   {"ES256", ecJWK.with(jwk{"x": x + "="}), ""},
		"leading zero":     {"RS256", rsaJWK.with(jwk{"n": b64(append([]byte{0}, rsaKey().N.Bytes()...))}), ""},
		"exponent of 3":    {"RS256", rsaJWK.with(jwk{"e": "Aw"}), ""},
		"certificate junk": {"RS256", rsaJWK.with(jwk{"x5c": []string{"%"}, "x5t": "junk"}), ""},

		// x5u would be fetched by a careless reader.
		"x5u": {"RS256", rsaJWK.with(jwk{"x5u": "http://169.254.169.254/"}), ""},

		"not an object":    {"ES256", 5, "not a JSON object"},
		"null":             {"ES256", nil, "not a JSON object"},
		"empty":            {"ES256", jwk{}, "no kid"},
		"no kid":           {"ES256", ecJWK.with(jwk{"kid": nil}), "no kid"},
		"empty kid":        {"ES256", ecJWK.with(jwk{"kid": ""}), "no kid"},
		"kid a number":     {"ES256", ecJWK.with(jwk{"kid": 1}), "its kid is not a string"},
		"long kid":         {"ES256", ecJWK.with(jwk{"kid": strings.Repeat("k", 256)}), "more than 255 bytes"},
		"kid in capitals":  {"ES256", ecJWK.with(jwk{"kid": nil, "KID": "a"}), "no kid"},
		"use=enc":          {"ES256", ecJWK.with(jwk{"use": "enc"}), "use is not sig"},
		"use empty":        {"ES256", ecJWK.with(jwk{"use": ""}), "use is not sig"},
		"use an array":     {"ES256", ecJWK.with(jwk{"use": []string{"sig"}}), "use is not sig"},
		"other alg":        {"ES256", ecJWK.with(jwk{"alg": "ES384"}), "alg is not ES256"},
		"alg empty":        {"ES256", ecJWK.with(jwk{"alg": ""}), "alg is not ES256"},
		"alg an array":     {"ES256", ecJWK.with(jwk{"alg": []string{"ES256"}}), "alg is not a string"},
		"key_ops sign":     {"ES256", ecJWK.with(jwk{"key_ops": []string{"sign"}}), "key_ops"},
		"key_ops none":     {"ES256", ecJWK.with(jwk{"key_ops": []string{}}), "key_ops"},
		"key_ops a string": {"ES256", ecJWK.with(jwk{"key_ops": "verify"}), "key_ops"},

		"oct":               {"ES256", jwk{"kid": "a", "kty": "oct", "k": "c2VjcmV0"}, "symmetric"},
		"oct without k":     {"RS256", jwk{"kid": "a", "kty": "oct"}, "symmetric"},
		"private EC":        {"ES256", ecJWK.with(jwk{"d": x}), "private"},
		"private, not text": {"ES256", ecJWK.with(jwk{"d": 5}), "private"},
		"private RSA":       {"RS256", rsaJWK.with(jwk{"d": b64(rsaKey().D.Bytes())}), "private"},
		"a prime of it":     {"RS256", rsaJWK.with(jwk{"p": b64(rsaKey().Primes[0].Bytes())}), "private"},
		"many primes":       {"RS256", rsaJWK.with(jwk{"oth": []any{}}), "private"},
		"RSA with k":        {"RS256", rsaJWK.with(jwk{"k": "c2VjcmV0"}), "private"},

		"no kty":            {"ES256", ecJWK.with(jwk{"kty": nil}), "does not fit"},
		"other kty":         {"ES256", ecJWK.with(jwk{"kty": "AKP"}), "does not fit"},
		"other curve":       {"ES256", ecJWK.with(jwk{"crv": "P-384"}), "does not fit"},
		"secp256k1":         {"ES256", ecJWK.with(jwk{"crv": "secp256k1"}), "does not fit"},
		"EC for RSA":        {"RS256", ecJWK.with(jwk{"alg": nil}), "does not fit"},
		"RSA for EC":        {"ES256", rsaJWK.with(jwk{"alg": nil}), "does not fit"},
		"X25519":            {"EdDSA", edJWK.with(jwk{"crv": "X25519"}), "does not fit"},
		"Ed448":             {"EdDSA", edJWK.with(jwk{"crv": "Ed448"}), "does not fit"},
		"P-256 for P-384":   {"ES384", ecJWK.with(jwk{"alg": nil}), "does not fit"},
		"point off curve":   {"ES256", ecJWK.with(jwk{"y": x}), "not on the specified curve"},
		"point at infinity": {"ES256", ecJWK.with(jwk{"x": b64(make([]byte, 32)), "y": b64(make([]byte, 32))}), "not on the specified curve"},
		"x beyond p":        {"ES256", ecJWK.with(jwk{"x": b64(slices.Repeat([]byte{0xff}, 32))}), "not on the specified curve"},
		"short coordinate":  {"ES256", ecJWK.with(jwk{"x": x[:40]}), "length of the curve's"},
		"long coordinate":   {"ES256", ecJWK.with(jwk{"x": "AA" + x}), "length of the curve's"},
		"no y":              {"ES256", ecJWK.with(jwk{"y": nil}), "length of the curve's"},
		"short Ed25519":     {"EdDSA", edJWK.with(jwk{"x": "AAAA"}), "length of the curve's"},
		"x not base64":      {"ES256", ecJWK.with(jwk{"x": strings.Repeat("!", 43)}), "decode"},
		"x a number":        {"ES256", ecJWK.with(jwk{"x": 5}), "x is not a string"},

		"no n":                 {"RS256", rsaJWK.with(jwk{"n": nil}), "requires parameters"},
		"no e":                 {"RS256", rsaJWK.with(jwk{"e": nil}), "requires parameters"},
		"e=1":                  {"RS256", rsaJWK.with(jwk{"e": "AQ"}), "out of range"},
		"e=2":                  {"RS256", rsaJWK.with(jwk{"e": "Ag"}), "even or 1"},
		"e even":               {"RS256", rsaJWK.with(jwk{"e": "AQAA"}), "even or 1"},
		"e=0":                  {"RS256", rsaJWK.with(jwk{"e": "AA"}), "out of range"},
		"e above 2^31":         {"RS256", rsaJWK.with(jwk{"e": b64([]byte{1, 0, 0, 0, 1})}), "out of range"},
		"e of 2^64+65537":      {"RS256", rsaJWK.with(jwk{"e": b64([]byte{1, 0, 0, 0, 0, 0, 1, 0, 1})}), "E in marshal does not match"},
		"e of 64k bits":        {"RS256", rsaJWK.with(jwk{"e": number(65536)}), "out of range"},
		"n=0":                  {"RS256", rsaJWK.with(jwk{"n": "AA"}), "0 bits"},
		"n even":               {"RS256", rsaJWK.with(jwk{"n": even}), "even"},
		"512 bits":             {"RS256", rsaJWK.with(jwk{"n": number(512)}), "512 bits"},
		"2047 bits":            {"RS256", rsaJWK.with(jwk{"n": number(2047)}), "2047 bits"},
		"8192 bits are usable": {"RS256", rsaJWK.with(jwk{"n": number(8192)}), ""},
		"8193 bits":            {"RS256", rsaJWK.with(jwk{"n": number(8193)}), "8193 bits"},
		"64k bits":             {"RS256", rsaJWK.with(jwk{"n": number(65536)}), "65536 bits"},
	} {
		t.Run(name, func(t *testing.T) {
			e := newEndpoint(t, serving(setOf(t, test.entry)))
			r := newRemote(t, e.URL, algorithmIs(test.algorithm))
			key, err := r.Key(t.Context(), "a")
			logged := fmt.Sprintf("%+v", r.logs.All())
			if test.reason == "" {
				if err != nil || key == nil {
					t.Errorf("not usable: %v; log: %s", err, logged)
				}
				return
			}
			if !errors.Is(err, ErrNoKey) {
				t.Errorf("Key gives %v, want %v", err, ErrNoKey)
			}
			if reason := reasons(t, r); !strings.Contains(reason, test.reason) {
				t.Errorf("ignored because %q, want %q in it", reason, test.reason)
			}
		})
	}
}

// reasons returns why entries were ignored, as logged.
func reasons(t *testing.T, r *remote) string {
	t.Helper()
	var all []string
	for _, logged := range r.logs.All() {
		fields := logged.ContextMap()
		if key, ok := fields["key"].(map[string]any); ok {
			all = append(all, key["reason"].(string))
		}
		entries, _ := fields["ignored"].([]any)
		for _, e := range entries {
			all = append(all, e.(map[string]any)["reason"].(string))
		}
	}
	return strings.Join(all, "; ")
}

// One entry that does not serve must not cost the others, and the first entry
// of a kid decides, as in PyJWKClient.
func TestSets(t *testing.T) {
	first, second := published(t, ec(0, "a")), published(t, ec(1, "a"))
	other := published(t, ec(2, "b"))
	for name, test := range map[string]struct {
		set  []any
		want map[string]int // kid to index of ecKeys
	}{
		"two keys":              {[]any{first, other}, map[string]int{"a": 0, "b": 2}},
		"junk between":          {[]any{first, nil, 5, "x", []any{}, jwk{"kid": 5}, other}, map[string]int{"a": 0, "b": 2}},
		"duplicate kid":         {[]any{first, second, other}, map[string]int{"a": 0, "b": 2}},
		"duplicate, other way":  {[]any{second, first}, map[string]int{"a": 1}},
		"the same key twice":    {[]any{first, first}, map[string]int{"a": 0}},
		"enc before sig":        {[]any{first.with(jwk{"use": "enc"}), second}, map[string]int{"a": 1}},
		"bad one before a good": {[]any{first.with(jwk{"y": "AAAA"}), second}, map[string]int{}},
		"oct before a good":     {[]any{jwk{"kid": "a", "kty": "oct", "k": "AAAA"}, second}, map[string]int{}},
		"other alg before":      {[]any{first.with(jwk{"alg": "ES384"}), second}, map[string]int{}},
		"two kids, one key":     {[]any{first, first.with(jwk{"kid": "b"})}, map[string]int{"a": 0, "b": 0}},
		"none":                  {[]any{}, map[string]int{}},
	} {
		t.Run(name, func(t *testing.T) {
			e := newEndpoint(t, serving(setOf(t, test.set...)))
			r := newRemote(t, e.URL, nil)
			_, _ = r.Key(t.Context(), "a")
			got := map[string]int{}
			for kid, key := range r.current.Load().keys {
				got[kid] = slices.IndexFunc(ecKeys(), func(k *ecdsa.PublicKey) bool { return k.Equal(key) })
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestMostKeys(t *testing.T) {
	var all []any
	for i := range maxKeys {
		all = append(all, published(t, ec(i%3, fmt.Sprint("key", i))))
	}
	e := newEndpoint(t, serving(setOf(t, all...)))
	r := newRemote(t, e.URL, nil)
	r.wantKey(t, fmt.Sprint("key", maxKeys-1), (maxKeys-1)%3)
	if s := r.Status(); s.Keys != maxKeys {
		t.Errorf("%d keys", s.Keys)
	}
}

func TestKeyThatTheCallerRefuses(t *testing.T) {
	e := newEndpoint(t, serving(keys(t, ec(0, "a"), ec(1, "b"))))
	r := newRemote(t, e.URL, func(c *Config[crypto.PublicKey]) {
		c.NewKey = func(algorithm string, pub crypto.PublicKey) (crypto.PublicKey, error) {
			if algorithm != "ES256" || ecKeys()[0].Equal(pub) {
				return nil, errors.New("not this one")
			}
			return pub, nil
		}
	})
	r.wantErr(t, "a", ErrNoKey)
	r.wantKey(t, "b", 1)
	if got := reasons(t, r); got != "not this one" {
		t.Errorf("ignored because %q", got)
	}
}

// What is logged of a set: a secret in public is a warning that does not repeat
// it, keys for others are none, and the same set again is no news.
func TestWhatIsLogged(t *testing.T) {
	leak := published(t, ec(0, "leak")).with(jwk{"d": "c2VjcmV0LW51bWJlcg"})
	forOthers := published(t, ec(0, "other")).with(jwk{"use": "enc"})
	for name, test := range map[string]struct {
		set   []any
		warns int
		infos int
	}{
		"all is well":     {[]any{published(t, ec(0, "a"))}, 0, 0},
		"keys for others": {[]any{published(t, ec(0, "a")), forOthers, 5}, 0, 1},
		"leaks":           {[]any{published(t, ec(0, "a")), leak, jwk{"kid": "o", "kty": "oct", "k": "c2VjcmV0LW51bWJlcg"}}, 2, 0},
		"nothing usable":  {[]any{leak, forOthers}, 1, 0},
		"empty":           {nil, 1, 0},
	} {
		t.Run(name, func(t *testing.T) {
			e := newEndpoint(t, serving(setOf(t, test.set...)))
			r := newRemote(t, e.URL, nil)
			for range 2 {
				_, _ = r.Key(t.Context(), "a")
				r.settle()
				r.move(DefaultLifespan)
			}
			e.wantHits(t, 2)
			warns := r.logs.FilterLevelExact(zapcore.WarnLevel).Len()
			infos := r.logs.FilterLevelExact(zapcore.InfoLevel).Len()
			if warns != test.warns || infos != test.infos {
				t.Errorf("%d warnings and %d infos, want %d and %d: %v", warns, infos, test.warns, test.infos, r.logs.All())
			}
			for _, logged := range r.logs.All() {
				if text := fmt.Sprint(logged.ContextMap()); strings.Contains(text, "c2VjcmV0") {
					t.Errorf("a secret is in the log: %s", text)
				}
			}
		})
	}
}
