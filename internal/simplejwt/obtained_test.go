// SPDX-License-Identifier: Apache-2.0

package simplejwt

import (
	"errors"
	"testing"
	"time"
)

// TestIsSigned: a token that a key of ours signed is known for what it is, however little
// a refresh would think of it.
func TestIsSigned(t *testing.T) {
	key, other := testKey(t, "HS256"), testKey(t, "HS512")
	b := newBackend(t, "5.5", func(c *Config) {
		c.SigningKey, c.PreviousKeys = key, []*Key{other}
		c.Audience, c.Issuer = []string{"here"}, "us"
	})
	header := withHeader(key)
	for name, tt := range map[string]struct {
		token           string
		refresh, access bool
	}{
		"refresh":                  {signed(t, key, header, goodClaims), true, false},
		"access":                   {signed(t, key, header, `{"token_type":"access"}`), false, true},
		"expired":                  {signed(t, key, header, `{"token_type":"refresh","exp":1}`), true, false},
		"another audience":         {signed(t, key, header, claimsWith(`"aud":"there"`)), true, false},
		"no jti":                   {signed(t, key, header, `{"token_type":"refresh"}`), true, false},
		"an escaped type":          {signed(t, key, header, `{"token_type":"\u0072efresh"}`), true, false},
		"a previous key":           {signed(t, other, withHeader(other), goodClaims), true, false},
		"another type":             {signed(t, key, header, `{"token_type":"sliding"}`), false, false},
		"no type":                  {signed(t, key, header, `{"exp":1}`), false, false},
		"a type that is no string": {signed(t, key, header, `{"token_type":1}`), false, false},
		"no JSON":                  {signed(t, key, header, `{`), false, false},
		"a bad signature":          {signed(t, key, header, goodClaims) + "A", false, false},
		"another key":              {signed(t, testKey(t, "HS384"), withHeader(testKey(t, "HS384")), goodClaims), false, false},
		"no token":                 {"eyJ.eyJ", false, false},
		"nothing":                  {"", false, false},
	} {
		refresh, access, err := b.IsSigned(t.Context(), new(Scratch), []byte(tt.token))
		if refresh != tt.refresh || access != tt.access || err != nil {
			t.Errorf("%s: refresh %t, access %t, %v", name, refresh, access, err)
		}
	}
	b = newBackend(t, "5.5", func(c *Config) {
		c.SigningKey, c.KeySet = testKey(t, "ES256"), &roster{err: errors.New("nobody answers")}
	})
	unknown := signed(t, testKey(t, "ES256"), `{"alg":"ES256","kid":"a","typ":"JWT"}`, goodClaims)
	if _, _, err := b.IsSigned(t.Context(), new(Scratch), []byte(unknown)); !errors.Is(err, ErrUnavailable) {
		t.Errorf("without its key set: %v", err)
	}
}

// TestVerifyIssued: a login must not fail because the backend's clock is a little ahead,
// and no other check is left out.
func TestVerifyIssued(t *testing.T) {
	key := testKey(t, "HS256")
	b := newBackend(t, "5.5", func(c *Config) { c.SigningKey = key })
	now := time.Unix(1767319445, 0) // the iat of goodClaims
	issue := func(payload string) []byte { return []byte(signed(t, key, withHeader(key), payload)) }
	for name, tt := range map[string]struct {
		token  []byte
		now    time.Time
		access bool
		want   error
	}{
		"now":                    {issue(goodClaims), now, false, nil},
		"a second ahead":         {issue(goodClaims), now.Add(-time.Second), false, nil},
		"a moment ahead":         {issue(goodClaims), now.Add(-time.Millisecond), false, nil},
		"half a minute ahead":    {issue(goodClaims), now.Add(-30 * time.Second), false, nil},
		"two minutes ahead":      {issue(goodClaims), now.Add(-2 * time.Minute), false, ErrInvalid},
		"behind":                 {issue(goodClaims), now.Add(time.Hour), false, nil},
		"expired":                {issue(goodClaims), now.Add(3 * time.Hour), false, ErrExpired},
		"no iat":                 {issue(`{"token_type":"refresh","exp":1767326645,"jti":"1"}`), now, false, nil},
		"ahead, of no use":       {issue(`{"token_type":"refresh","exp":1767319445,"iat":1767319445,"jti":"1"}`), now.Add(-time.Second), false, ErrExpired},
		"ahead, without a jti":   {issue(`{"token_type":"refresh","exp":1767326645,"iat":1767319445}`), now.Add(-time.Second), false, ErrNoID},
		"another type":           {issue(`{"token_type":"access","exp":1767326645,"jti":"1"}`), now, false, ErrWrongType},
		"an access token":        {issue(`{"token_type":"access","exp":1767326645,"iat":1767319445,"jti":"1"}`), now.Add(-time.Second), true, nil},
		"no access token":        {issue(goodClaims), now, true, ErrWrongType},
		"an iat that is no date": {issue(`{"token_type":"refresh","exp":1767326645,"iat":"x","jti":"1"}`), now, false, ErrInvalid},
	} {
		var s Scratch
		err := b.VerifyIssued(t.Context(), &s, tt.token, tt.now, tt.access)
		if !errors.Is(err, tt.want) || (err == nil) != (tt.want == nil) {
			t.Errorf("%s: %v, want %v", name, err, tt.want)
		}
		if err == nil && s.ExpiresAt() != 1767326645 {
			t.Errorf("%s: expires at %d", name, s.ExpiresAt())
		}
	}
}
