// SPDX-License-Identifier: Apache-2.0

package conformance

import "embed"

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
func KeyProfiles(rel Release) []Profile {
	var ps []Profile
	for _, k := range []struct {
		name, algorithm, key string
		more                 bool // of the algorithms that 5.4.0 brought
	}{
		{"rs256", "RS256", "rsa", false},
		{"es256", "ES256", "p256", false},
		{"ps256", "PS256", "rsa", true},
		{"eddsa", "EdDSA", "ed25519", true},
	} {
		if k.more && !rel.MoreAlgorithms {
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
