// SPDX-License-Identifier: Apache-2.0

package simplejwt

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/caddyrefresh/caddyrefresh/store"
)

// slide refreshes a sliding token with the payload.
func slide(t *testing.T, b *Backend, payload string) (string, error) {
	t.Helper()
	key := testKey(t, "HS256")
	slid, err := b.RefreshSliding(t.Context(), new(Scratch), []byte(signed(t, key, withHeader(key), payload)), testNow)
	if err != nil {
		return "", err
	}
	return payloadOf(t, slid), nil
}

func sliding(change func(*Config)) func(*Config) {
	return func(c *Config) {
		c.SlidingTokenLifetime, c.SlidingTokenRefreshExpClaim = 5*time.Minute, "refresh_exp"
		if change != nil {
			change(c)
		}
	}
}

// TestRefreshSliding: exp and iat are new and in their places, all else is kept, and aud
// and iss are the configured ones. Django's recordings have the same.
func TestRefreshSliding(t *testing.T) {
	now := testNow.Unix()
	good := fmt.Sprintf(`{"token_type":"sliding","exp":%d,"iat":%d,"jti":"a","refresh_exp":%d,"user_id":1,"é":[1E5]}`, now+9, now-9, now+60)
	for name, tt := range map[string]struct {
		change        func(*Config)
		payload, want string
	}{
		"good": {nil, good, fmt.Sprintf(`{"token_type":"sliding","exp":%d,"iat":%d,"jti":"a","refresh_exp":%d,"user_id":1,"é":[1E5]}`, now+300, now, now+60)},
		"no iat": {
			nil, fmt.Sprintf(`{"refresh_exp":%d.5,"jti":"a","token_type":"sliding","exp":%d}`, now+60, now+9),
			fmt.Sprintf(`{"refresh_exp":%d.5,"jti":"a","token_type":"sliding","exp":%d,"iat":%d}`, now+60, now+300, now),
		},
		"audience and issuer": {
			func(c *Config) { c.Audience, c.Issuer = []string{"x", "y"}, "me" },
			fmt.Sprintf(`{"aud":"y","token_type":"sliding","exp":%d,"iat":1,"jti":"a","refresh_exp":%d,"iss":"me"}`, now+9, now+60),
			fmt.Sprintf(`{"aud":["x","y"],"token_type":"sliding","exp":%d,"iat":%d,"jti":"a","refresh_exp":%d,"iss":"me"}`, now+300, now, now+60),
		},
		"another claim": {
			func(c *Config) { c.SlidingTokenRefreshExpClaim = "again" },
			fmt.Sprintf(`{"token_type":"sliding","exp":%d,"iat":1,"jti":"a","refresh_exp":1,"again":%d}`, now+9, now+60),
			fmt.Sprintf(`{"token_type":"sliding","exp":%d,"iat":%d,"jti":"a","refresh_exp":1,"again":%d}`, now+300, now, now+60),
		},
		"a minute and a half": {
			func(c *Config) { c.SlidingTokenLifetime = 90500 * time.Millisecond },
			good, fmt.Sprintf(`{"token_type":"sliding","exp":%d,"iat":%d,"jti":"a","refresh_exp":%d,"user_id":1,"é":[1E5]}`, testNow.Add(90500*time.Millisecond).Unix(), now, now+60),
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := slide(t, newBackend(t, "5.5", sliding(tt.change)), tt.payload)
			if err != nil || got != tt.want {
				t.Errorf("got %s, %v\nwant %s", got, err, tt.want)
			}
		})
	}
}

// TestRefreshSlidingRefuses: which error each fault gives, and that what crashes
// Django's datetime is invalid.
func TestRefreshSlidingRefuses(t *testing.T) {
	b := newBackend(t, "5.5", sliding(func(c *Config) { c.Leeway = time.Second }))
	now := testNow.Unix()
	for refreshExp, want := range map[string]error{
		fmt.Sprint(now + 1): nil, fmt.Sprint(now): nil,
		fmt.Sprint(now - 1): ErrRefreshExpPassed, "0": ErrRefreshExpPassed, "-1": ErrRefreshExpPassed, "true": ErrRefreshExpPassed, "-62135596800": ErrRefreshExpPassed,
		"-62135596801": ErrInvalid, "253402300800": ErrInvalid, "1e300": ErrInvalid, "-1e300": ErrInvalid, "NaN": ErrInvalid, "Infinity": ErrInvalid,
		`"` + fmt.Sprint(now+60) + `"`: ErrInvalid, "null": ErrInvalid, "[]": ErrInvalid, "{}": ErrInvalid, `""`: ErrInvalid,
		"253402300799": nil,
	} {
		payload := fmt.Sprintf(`{"token_type":"sliding","exp":%d,"jti":"a","refresh_exp":%s}`, now+9, refreshExp)
		if _, err := slide(t, b, payload); !errors.Is(err, want) {
			t.Errorf("refresh_exp %s: got %v, want %v", refreshExp, err, want)
		}
	}
	for payload, want := range map[string]error{
		`{"token_type":"sliding","exp":%d,"jti":"a"}`:                                ErrNoRefreshExp,
		`{"token_type":"refresh","exp":%d,"jti":"a"}`:                                ErrWrongType,
		`{"token_type":"access","exp":%d,"jti":"a","refresh_exp":1}`:                 ErrWrongType,
		`{"exp":%d,"jti":"a","refresh_exp":1}`:                                       ErrNoType,
		`{"token_type":"sliding","exp":%d,"refresh_exp":1}`:                          ErrNoID,
		`{"token_type":"sliding","exp":1,"jti":"%d","refresh_exp":1}`:                ErrExpired,
		`{"token_type":"sliding","jti":"%d","refresh_exp":1}`:                        ErrNoExp,
		`{"token_type":"sliding","exp":%d,"jti":"a","iss":7,"refresh_exp":99999999}`: ErrRefreshExpPassed,
	} {
		if _, err := slide(t, b, fmt.Sprintf(payload, now+9)); !errors.Is(err, want) {
			t.Errorf("%s: got %v, want %v", payload, err, want)
		}
	}
}

// TestSlidingTexts: the two texts name the claim as it is configured.
func TestSlidingTexts(t *testing.T) {
	b := newBackend(t, "5.3", sliding(func(c *Config) { c.SlidingTokenRefreshExpClaim = "again" }))
	for err, want := range map[error]string{
		ErrNoRefreshExp: "Token has no 'again' claim",
		fmt.Errorf("wrapped: %w", ErrRefreshExpPassed): "Token 'again' claim has expired",
		ErrNoExp: "Token has no 'exp' claim",
	} {
		if got := b.Text(err); got != want {
			t.Errorf("%v: got %q, want %q", err, got, want)
		}
	}
}

// TestSlidingInStore: a revoked sliding token is refused as blacklisted, whatever else
// is wrong with it. Refreshing does not spend a live one. A store that is down refuses
// no token.
func TestSlidingInStore(t *testing.T) {
	s := newShop(t)
	b := s.edge("5.5", sliding(nil))
	now := testNow.Unix()
	payload := fmt.Sprintf(`{"token_type":"sliding","exp":%d,"iat":%d,"jti":"abc","refresh_exp":%d,"user_id":1}`, now+9, now-9, now+60)
	for range 3 {
		if _, err := slide(t, b, payload); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := slide(t, b, strings.Replace(payload, `"abc"`, "7", 1)); !errors.Is(err, ErrInvalid) {
		t.Errorf("a jti that no store knows: %v", err)
	}
	if _, err := s.memory.Revoke(t.Context(), &store.Revocation{
		Token: store.Token{JTI: "abc", IssuedAt: now - 9, ExpiresAt: now + 9}, Reason: store.Admin,
	}); err != nil {
		t.Fatal(err)
	}
	for _, payload := range []string{payload, strings.Replace(payload, "refresh_exp", "other", 1), strings.Replace(payload, `"sliding"`, `"access"`, 1)} {
		if _, err := slide(t, b, payload); !errors.Is(err, ErrBlacklisted) {
			t.Errorf("%s: %v", payload, err)
		}
	}
	s.memory.Fail(errors.New("boom"))
	if _, err := slide(t, b, payload); !errors.Is(err, ErrUnavailable) {
		t.Errorf("the store is down: %v", err)
	}
}
