// SPDX-License-Identifier: Apache-2.0

package conformance

import (
	"embed"
)

// testKeys were made for these tests. They guard nothing.
//
//go:embed keys/test-only-*.pem
var testKeys embed.FS

func testKey(name string) string {
	text, err := testKeys.ReadFile("keys/test-only-" + name + ".pem")
	if err != nil {
		panic(err)
	}
	return string(text)
}

// KeyProfiles are the configurations with a pair of keys that SimpleJWT's
// release takes.
func KeyProfiles(rel *Set) []Profile {
	var ps []Profile
	for _, k := range []struct {
		name, algorithm, key string
	}{
		{"rs256", "RS256", "rsa"},
		{"es256", "ES256", "p256"},
		{"ps256", "PS256", "rsa"},
		{"eddsa", "EdDSA", "ed25519"},
	} {
		if !rel.HasAlgorithm(k.algorithm) {
			continue
		}
		p := Profile{
			Name: k.name, Algorithm: k.algorithm, Key: testKey(k.key), OtherKey: testKey(k.key + "-other"), Rotates: true,
			SimpleJWT: map[string]any{"ALGORITHM": k.algorithm, "ROTATE_REFRESH_TOKENS": true},
			Caddyfile: []string{"algorithm " + k.algorithm, "rotate_refresh_tokens"},
		}
		p.fill()
		ps = append(ps, p)
	}
	return ps
}
