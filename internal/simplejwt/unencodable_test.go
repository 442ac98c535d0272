// SPDX-License-Identifier: Apache-2.0

package simplejwt

import (
	"strings"
	"testing"

	"github.com/caddyrefresh/caddyrefresh/internal/release"
	"github.com/caddyrefresh/caddyrefresh/store"
)

// withPyJWT returns a change of a configuration that sets that PyJWT.
func withPyJWT(simplejwt, pyjwt string, change func(*Config)) func(*Config) {
	return func(c *Config) {
		c.Release = release.MustFind(release.Versions{SimpleJWT: simplejwt, PyJWT: pyjwt})
		if change != nil {
			change(c)
		}
	}
}

// TestUnencodable: a token whose claims PyJWT cannot encode is refused before it is
// spent. Django, too, crashes before it blacklists the token. A refusal by the store
// comes first, as in Django.
func TestUnencodable(t *testing.T) {
	s := newShop(t)
	w := &witness{Store: s.memory}
	stored := func(c *Config) { c.Store = w }
	b := s.edge("5.5", withPyJWT("5.5.1", "2.11.0", stored))
	token := issue(t, b, claimsWith(`"iss":5`))
	s.refuses(b, token, ErrInvalid)
	if len(w.spends) != 0 || len(w.checks) != 1 {
		t.Errorf("%d spends and %d checks, want a check alone", len(w.spends), len(w.checks))
	}
	if err := b.Verify(t.Context(), new(Scratch), []byte(token), s.now); err != nil {
		t.Errorf("verify, which makes no token: %v", err)
	}
	s.next(s.edge("5.5", withPyJWT("5.5.1", "2.10.1", stored)), token)
	s.refuses(b, token, ErrBlacklisted)
	w.answer = &store.Answer{Verdict: store.UserRefused, User: store.UserInactive}
	s.refuses(b, token, ErrNoActiveAccount)

	issuer := func(c *Config) { c.Issuer = "me" }
	b = newBackend(t, "5.5", withPyJWT("5.5.1", "2.11.0", issuer))
	if _, err := b.Refresh(t.Context(), new(Scratch), []byte(issue(t, b, claimsWith(`"iss":"me"`))), testNow); err != nil {
		t.Errorf("with the issuer's own name: %v", err)
	}
}

// TestUnencodableClaim: minting a login token with such a claim is an error.
func TestUnencodableClaim(t *testing.T) {
	claim := []Claim{{Name: "iss", Value: []byte("5")}}
	for pyjwt, want := range map[string]string{"2.10.1": "", "2.11.0": "the claim iss is not a string"} {
		_, err := newBackend(t, "5.5", withPyJWT("5.5.1", pyjwt, nil)).NewRefreshToken(claim, testNow)
		if (err == nil) != (want == "") || err != nil && !strings.HasPrefix(err.Error(), want) {
			t.Errorf("PyJWT %s: %v, want %q", pyjwt, err, want)
		}
	}
}

// TestFutureIssuedAt: where PyJWT takes an iat that is to come, SimpleJWT before
// 5.5.1 copies it into the access token. Others refuse it but for the leeway.
func TestFutureIssuedAt(t *testing.T) {
	for pyjwt, want := range map[string]error{"2.4.0": nil, "2.5.0": nil, "2.6.0": ErrInvalid, "2.15.1": ErrInvalid} {
		b := newBackend(t, "5.2", withPyJWT("5.2.2", pyjwt, nil))
		token := issue(t, b, strings.Replace(goodClaims, "1767319445", "1767326645", 1))
		pair, err := b.Refresh(t.Context(), new(Scratch), []byte(token), testNow)
		if err != want {
			t.Errorf("PyJWT %s: %v, want %v", pyjwt, err, want)
		}
		if err == nil && !strings.Contains(payloadOf(t, pair.Access), `"iat":1767326645`) {
			t.Errorf("PyJWT %s: %s", pyjwt, payloadOf(t, pair.Access))
		}
	}
}
