// SPDX-License-Identifier: Apache-2.0

package simplejwt

import (
	"regexp"
	"testing"
	"time"
)

const (
	jti1 = `"00000000000000000000000000000001"`
	jti2 = `"00000000000000000000000000000002"`
)

// TestPayloads: a claim that is only carried over keeps its place and its very
// bytes, however it was spelled; the rest is where SimpleJWT puts it.
func TestPayloads(t *testing.T) {
	tests := []struct {
		name            string
		release         string
		change          func(*Config)
		refresh         string
		access, rotated string
	}{
		{
			name: "odd spellings", release: "5.3",
			refresh: "{ \"z\" :\t1e5 , \"exp\":1767326645.0, \"\\u0061\" : \"\\u0041\\/\\ud800\" ,\n\"token_type\":\"refresh\",\"n\":[ 1 ,{\"b\":1.50 , \"a\": -0.0}],\"raw\":\"é\u2028<>&\",\"jti\":7,\"big\":123456789012345678901234567890}",
			access:  `{"token_type":"access","exp":1767323345,"iat":1767323045,"jti":` + jti1 + ",\"z\":1e5,\"\\u0061\":\"\\u0041\\/\\ud800\",\"n\":[ 1 ,{\"b\":1.50 , \"a\": -0.0}],\"raw\":\"é\u2028<>&\",\"big\":123456789012345678901234567890}",
			rotated: "{\"z\":1e5,\"exp\":1767409445,\"\\u0061\":\"\\u0041\\/\\ud800\",\"token_type\":\"refresh\",\"n\":[ 1 ,{\"b\":1.50 , \"a\": -0.0}],\"raw\":\"é\u2028<>&\",\"jti\":" + jti2 + `,"big":123456789012345678901234567890,"iat":1767323045}`,
		},
		{
			name: "iat is copied", release: "5.4",
			refresh: `{"iat":1.5,"jti":"a","exp":1767326645,"token_type":"refresh"}`,
			access:  `{"token_type":"access","exp":1767323345,"iat":1.5,"jti":` + jti1 + `}`,
			rotated: `{"iat":1767323045,"jti":` + jti2 + `,"exp":1767409445,"token_type":"refresh"}`,
		},
		{
			name: "iat is now", release: "5.5",
			refresh: `{"iat":1.5,"jti":"a","exp":1767326645,"token_type":"refresh"}`,
			access:  `{"token_type":"access","exp":1767323345,"iat":1767323045,"jti":` + jti1 + `}`,
			rotated: `{"iat":1767323045,"jti":` + jti2 + `,"exp":1767409445,"token_type":"refresh"}`,
		},
		{
			name: "aud and iss keep their places", release: "5.5",
			change:  func(c *Config) { c.Audience, c.Issuer = []string{"é"}, `"q"` },
			refresh: `{"iss":"\"q\"","jti":"a","aud":["b","é"],"x":1,"exp":1767326645,"token_type":"refresh"}`,
			access:  `{"token_type":"access","exp":1767323345,"iat":1767323045,"jti":` + jti1 + `,"iss":"\"q\"","aud":"\u00e9","x":1}`,
			rotated: `{"iss":"\"q\"","jti":` + jti2 + `,"aud":"\u00e9","x":1,"exp":1767409445,"token_type":"refresh","iat":1767323045}`,
		},
		{
			name: "aud and iss that nobody asks for are carried over", release: "5.5",
			refresh: `{"iss":null,"jti":"a","aud":[ 1 ],"exp":1767326645,"token_type":"refresh"}`,
			access:  `{"token_type":"access","exp":1767323345,"iat":1767323045,"jti":` + jti1 + `,"iss":null,"aud":[ 1 ]}`,
			rotated: `{"iss":null,"jti":` + jti2 + `,"aud":[ 1 ],"exp":1767409445,"token_type":"refresh","iat":1767323045}`,
		},
		{
			name: "other names", release: "5.5",
			change:  func(c *Config) { c.TokenTypeClaim, c.JTIClaim, c.UserIDClaim = "ty\"pe", "ïd", "sub" },
			refresh: `{"ty\"pe":"refresh","exp":1767326645,"token_type":"x","jti":"theirs","ïd":"a","sub":"7"}`,
			access:  `{"ty\"pe":"access","exp":1767323345,"iat":1767323045,"\u00efd":` + jti1 + `,"token_type":"x","sub":"7"}`,
			rotated: `{"ty\"pe":"refresh","exp":1767409445,"token_type":"x","jti":"theirs","ïd":` + jti2 + `,"sub":"7","iat":1767323045}`,
		},
		{
			name: "lifetimes with a fraction that carries", release: "5.5",
			change: func(c *Config) {
				c.AccessTokenLifetime, c.RefreshTokenLifetime = 300*time.Millisecond, 1500*time.Millisecond
			},
			refresh: `{"jti":"a","exp":1767326645,"token_type":"refresh"}`,
			access:  `{"token_type":"access","exp":1767323045,"iat":1767323045,"jti":` + jti1 + `}`,
			rotated: `{"jti":` + jti2 + `,"exp":1767323047,"token_type":"refresh","iat":1767323045}`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := newBackend(t, tt.release, tt.change)
			var s Scratch
			pair, err := b.Refresh(t.Context(), &s, []byte(signed(t, b.signingKey, withHeader(b.signingKey), tt.refresh)), testNow)
			if err != nil {
				t.Fatal(err)
			}
			if got := payloadOf(t, pair.Access); got != tt.access {
				t.Errorf("access token\n got %s\nwant %s", got, tt.access)
			}
			if got := payloadOf(t, pair.Refresh); got != tt.rotated {
				t.Errorf("refresh token\n got %s\nwant %s", got, tt.rotated)
			}
		})
	}
}

// TestRotation: a rotated token can be refreshed in its turn. Without rotation there is
// no new one.
func TestRotation(t *testing.T) {
	b := newBackend(t, "5.5", nil)
	var s Scratch
	token := []byte(signed(t, b.signingKey, withHeader(b.signingKey), goodClaims))
	now := testNow
	for range 3 {
		pair, err := b.Refresh(t.Context(), &s, token, now)
		if err != nil {
			t.Fatal(err)
		}
		if err := b.Verify(t.Context(), &s, append([]byte(nil), pair.Access...), now); err != nil {
			t.Errorf("access token: %v", err)
		}
		token = append([]byte(nil), pair.Refresh...)
		now = now.Add(23 * time.Hour)
	}
	if _, err := b.Refresh(t.Context(), &s, token, now.Add(2*time.Hour)); err != ErrExpired {
		t.Errorf("a day later: %v", err)
	}

	b = newBackend(t, "5.5", func(c *Config) { c.RotateRefreshTokens = false })
	pair, err := b.Refresh(t.Context(), &s, []byte(signed(t, b.signingKey, withHeader(b.signingKey), goodClaims)), testNow)
	if err != nil || pair.Refresh != nil {
		t.Errorf("without rotation: %q, %v", pair.Refresh, err)
	}
}

// TestAppendJTI: the shape is that of uuid4().hex, and no two are equal.
func TestAppendJTI(t *testing.T) {
	shape := regexp.MustCompile(`^[0-9a-f]{12}4[0-9a-f]{3}[89ab][0-9a-f]{15}$`)
	seen := map[string]bool{}
	for range 10_000 {
		id := string(AppendJTI([]byte("kept ")))[5:]
		if !shape.MatchString(id) || seen[id] {
			t.Fatalf("jti %q", id)
		}
		seen[id] = true
	}
}
