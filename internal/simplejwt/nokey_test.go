// SPDX-License-Identifier: Apache-2.0

package simplejwt

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestCheckKeyValue: what people write by mistake in place of a key, and secrets that
// look a little like it. Otherwise a site could sign with the name of a file, which
// anybody can guess.
func TestCheckKeyValue(t *testing.T) {
	pem := string(readKey(t, "rsa.pem"))
	for value, cure := range map[string]string{
		"/run/secrets/django_secret_key_of_more_than_forty_bytes": "{file.<path>}",
		"/run/secrets/key\n":            "{file.<path>}",
		"./jwt.pem":                     "{file.<path>}",
		"../keys/jwt":                   "{file.<path>}",
		"~/jwt.key":                     "{file.<path>}",
		"keys/jwt.pem":                  "{file.<path>}",
		"jwt.txt":                       "{file.<path>}",
		"@/run/secrets/jwt":             "{file.<path>}",
		"@/jwt":                         "{file.<path>}",
		"@key.pem":                      "{file.<path>}",
		`C:\keys\jwt`:                   "{file.<path>}",
		"$DJANGO_SECRET_KEY":            "{env.<NAME>}",
		"${DJANGO_SECRET_KEY}":          "{env.<NAME>}",
		"%DJANGO_SECRET_KEY%":           "{env.<NAME>}",
		"settings.SECRET_KEY":           "{env.<NAME>}",
		`os.environ["SECRET_KEY"]`:      "{env.<NAME>}",
		"get_env('SECRET_KEY')":         "{env.<NAME>}",
		`config("SECRET_KEY", "")`:      "{env.<NAME>}",
		"env.str('A_VERY_LONG_SECRET')": "{env.<NAME>}",
		`os.getenv(key="SECRET_KEY")`:   "{env.<NAME>}",
		"os.environ.get(NAME, None)":    "{env.<NAME>}",
		"os.environ[NAME]":              "{env.<NAME>}",
		"read_key()":                    "{env.<NAME>}",
		base64.StdEncoding.EncodeToString([]byte(pem)): "`base64 -d`",

		testSecret:                      "",
		pem:                             "",
		"django-insecure-":              "",
		"$2b$12$abcdefghijklmnopqrstuv": "",
		"/3q2+7wAAAAB":                  "",
		"a(b)c":                         "",
		"z(!8k#3v0@q_w=n(b#o^a0)":       "",
		"@dmin":                         "",
		"%(1)s":                         "",
		"settings":                      "",
	} {
		err := CheckKeyValue([]byte(value))
		switch {
		case cure == "" && err != nil:
			t.Errorf("%.30q: %v", value, err)
		case cure != "" && (!errors.Is(err, ErrNoKey) || !strings.Contains(err.Error(), cure)):
			t.Errorf("%.30q: got %v, want the cure %s", value, err, cure)
		case err != nil && strings.Contains(err.Error(), strings.TrimSpace(value)):
			t.Errorf("the error quotes the value: %v", err)
		}
	}
}

// TestCheckKeyValueTakesSecrets: no secret is taken for a name that django-admin
// makes, or that is 32 bytes of randomness in hex or base64.
func TestCheckKeyValueTakesSecrets(t *testing.T) {
	django := rapid.StringMatching(`[a-z0-9!@#$%^&*(\-_=+)]{50}`)
	encoded := rapid.Map(rapid.SliceOfN(rapid.Byte(), 32, 32), base64.StdEncoding.EncodeToString)
	hex := rapid.StringMatching(`[0-9a-f]{64}`)
	rapid.Check(t, func(t *rapid.T) {
		secret := rapid.OneOf(django, encoded, hex).Draw(t, "secret")
		if err := CheckKeyValue([]byte(secret)); err != nil {
			t.Errorf("%s: %v", secret, err)
		}
	})
}

// TestPrivateKeyAsSecret: the algorithm that a private key is for is named.
func TestPrivateKeyAsSecret(t *testing.T) {
	for _, algorithm := range []string{"RS256", "ES256", "ES384", "ES512", "EdDSA"} {
		text := signingKey(t, algorithm)
		if _, err := NewKey("HS256", text, false); !errors.Is(err, ErrPublicKey) || !strings.HasSuffix(err.Error(), "write algorithm "+algorithm) {
			t.Errorf("%s: %v", algorithm, err)
		}
	}
}
