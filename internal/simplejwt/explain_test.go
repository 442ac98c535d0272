// SPDX-License-Identifier: Apache-2.0

package simplejwt

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/caddyrefresh/caddyrefresh/internal/release"
	"github.com/caddyrefresh/caddyrefresh/store"
)

// generated is a random refresh token: each claim may be missing, wrong or of
// another type, and now and then the token is damaged or signed with another key.
func generated(tb testing.TB, rng *rand.Rand, keys []*Key, now int64) string {
	tb.Helper()
	pick := func(values ...string) string { return values[rng.IntN(len(values))] }
	date := func(offset int64) string { return fmt.Sprint(now + offset) }
	var members []string
	add := func(name string, often int, good string, others ...string) {
		switch n := rng.IntN(often); {
		case n > 1:
			members = append(members, `"`+name+`":`+good)
		case n == 1:
			members = append(members, `"`+name+`":`+pick(others...))
		}
	}
	add("token_type", 12, pick(`"refresh"`, `"refresh"`, `"refresh"`, `"sliding"`), `"access"`, `null`, `1`)
	add("refresh_exp", 6, date(3600), date(-3600), date(0), `"x"`, `null`, `1e300`)
	add("exp", 12, date(3600), date(-3600), date(0), date(1), `1e400`, `"`+date(60)+`"`, `null`, `true`, `9999999999999`, date(0)+".5")
	add("iat", 12, date(-3600), date(0), date(1), date(3600), `"x"`, `-1`, `1e400`, `null`, date(0)+".9")
	add("jti", 12, fmt.Sprintf(`"%032x"`, rng.Uint64()), `1`, `""`, `null`, `"\ud800"`, `"`+strings.Repeat("a", 256)+`"`)
	add("user_id", 8, `1`, `null`, `""`, `"x"`, `true`)
	add("aud", 4, `"api"`, `["api","web"]`, `"web"`, `[]`, `[1]`, `{}`)
	add("iss", 4, `"me"`, `"you"`, `1`)
	if rng.IntN(6) == 0 {
		members = append(members, pick(`"nbf":`+date(60), `"nbf":`+date(-60), `"nbf":{}`, `"sub":"a"`, `"sub":1`, `"exp":1`, `"session_start":`+date(-90000), `"x":[1,{}]`))
	}
	key := keys[max(0, rng.IntN(10)-7)]
	token := signed(tb, key, pick(withHeader(key), withHeader(key), withHeader(key), withHeader(key), `{"alg":"`+key.Algorithm()+`","kid":"a"}`,
		`{"alg":"none"}`, `{"alg":"HS256","crit":[]}`, `{"alg":1}`), `{`+strings.Join(members, ",")+`}`)
	switch rng.IntN(40) {
	case 0:
		return token[:rng.IntN(len(token))]
	case 1:
		return token + pick(".", "=", " ", "A")
	case 2:
		return pick("{", "Bearer ", "") + strings.ToUpper(token)
	}
	return token
}

// TestExplainAgrees: for thousands of tokens Explain returns the error that Refresh
// returns, with a problem in words exactly if there is an error. Explain asks the store
// whenever Refresh would, and does not change it.
func TestExplainAgrees(t *testing.T) {
	s := newShop(t)
	other, err := NewKey("HS256", []byte("another secret of thirty-two bytes and more"), false)
	if err != nil {
		t.Fatal(err)
	}
	strict := func(c *Config) {
		c.Audience, c.Issuer, c.Leeway = []string{"api"}, "me", 500*time.Millisecond
		c.PreviousKeys = []*Key{testKey(t, "HS512")}
	}
	backends := map[string]*Backend{
		"5.2":               newBackend(t, "5.2", func(c *Config) { c.Leeway = 500 * time.Millisecond }),
		"5.3 strict":        newBackend(t, "5.3", strict),
		"5.4 checking":      newBackend(t, "5.4", func(c *Config) { c.Store = s.memory }),
		"5.5 spending":      s.edge("5.5", strict),
		"5.5 short session": s.edge("5.5", func(c *Config) { c.SessionLifetime = time.Hour }),
		"5.5 newest PyJWT":  s.edge("5.5", func(c *Config) { c.Release = release.MustFind(release.Versions{SimpleJWT: "5.5"}) }),
		"5.2 oldest PyJWT": newBackend(t, "5.2", func(c *Config) {
			c.Release, c.Leeway = release.MustFind(release.Versions{SimpleJWT: "5.2", PyJWT: "2.4.0"}), 500*time.Millisecond
		}),
		"5.5 no names": newBackend(t, "5.5", func(c *Config) { c.JTIClaim, c.TokenTypeClaim = "", "" }),
	}
	seen := map[string]int{}
	for name, b := range backends {
		b.slidingLifetime, b.slidingRefreshExpClaim = time.Hour, "refresh_exp"
		keys := []*Key{b.signingKey, testKey(t, "HS512"), other}
		rng := rand.New(rand.NewPCG(uint64(len(name)), uint64(name[2])<<8|uint64(name[len(name)-1])))
		for range 2000 {
			token := generated(t, rng, keys, s.now.Unix())
			if b.store != nil && rng.IntN(4) == 0 {
				_ = b.Blacklist(t.Context(), new(Scratch), []byte(token), s.now)
			}
			explain := func() Explanation {
				var ask Ask
				if b.store != nil {
					ask = b.store.Check
				}
				return b.Explain(t.Context(), new(Scratch), []byte(token), s.now, ask)
			}
			got := explain()
			if again := explain(); fmt.Sprint(again) != fmt.Sprint(got) {
				t.Fatalf("%s: %s: the second answer differs: %+v, then %+v", name, token, got, again)
			}
			_, want := b.Refresh(t.Context(), new(Scratch), []byte(token), s.now)
			if !errors.Is(got.Err, want) || (want == nil) != (got.Err == nil) {
				t.Fatalf("%s: %s: Explain says %v, Refresh %v", name, token, got.Err, want)
			}
			if (want == nil) != (len(got.Problems) == 0) {
				t.Fatalf("%s: %s: Refresh says %v, the problems are %v", name, token, want, got.Problems)
			}
			if want != nil && got.Problems[0].Text == want.Error() {
				t.Fatalf("%s: %s: no words for %v", name, token, want)
			}
			reads(t, token, got)
			seen[fmt.Sprint(want)]++
			seen["sliding: "+fmt.Sprint(slidingAgrees(t, b, token, s.now))]++
		}
	}
	for _, err := range []string{
		"<nil>", ErrInvalid.Error(), ErrExpired.Error(), ErrExpPassed.Error(), ErrNoExp.Error(), ErrNoID.Error(), ErrNoType.Error(), ErrWrongType.Error(),
		ErrBlacklisted.Error(), "sliding: <nil>", "sliding: " + ErrNoRefreshExp.Error(), "sliding: " + ErrRefreshExpPassed.Error(),
	} {
		if seen[err] < 5 {
			t.Errorf("%q came %d times, so the test says little of it: %v", err, seen[err], seen)
		}
	}
}

// slidingAgrees is the same comparison for ExplainSliding, which leaves the token as
// good as before.
func slidingAgrees(t *testing.T, b *Backend, token string, now time.Time) error {
	t.Helper()
	var ask Ask
	if b.store != nil {
		ask = b.store.Check
	}
	got := b.ExplainSliding(t.Context(), new(Scratch), []byte(token), now, ask)
	_, want := b.RefreshSliding(t.Context(), new(Scratch), []byte(token), now)
	switch {
	case !errors.Is(got.Err, want) || (want == nil) != (got.Err == nil):
		t.Fatalf("%s: ExplainSliding says %v, RefreshSliding %v", token, got.Err, want)
	case (want == nil) != (len(got.Problems) == 0):
		t.Fatalf("%s: RefreshSliding says %v, the problems are %v", token, want, got.Problems)
	case want != nil && got.Problems[0].Text == want.Error():
		t.Fatalf("%s: no words for %v", token, want)
	case want == nil && !b.IsSliding([]byte(token)) && b.names.tokenType != noClaim:
		t.Fatalf("%s: it is refreshed as a sliding token, and not taken for one", token)
	}
	reads(t, token, got)
	return want
}

// reads fails if a text must not be shown to an operator: it is not one line, or holds
// the token's signature or jti.
func reads(t *testing.T, token string, e Explanation) {
	t.Helper()
	var texts []string
	for _, p := range e.Problems {
		texts = append(texts, p.Text)
	}
	parts := strings.Split(token, ".")
	for _, text := range append(texts, e.Remarks...) {
		if strings.ContainsAny(text, "\n\x00\x1b") || text == "" {
			t.Fatalf("%q is not one line", text)
		}
		for _, part := range parts {
			if len(part) > 20 && strings.Contains(text, part) {
				t.Fatalf("%q holds a part of the token", text)
			}
		}
		if len(parts) == 3 {
			payload, _ := b64.DecodeString(parts[1])
			if _, jti, ok := strings.Cut(string(payload), `"jti":"`); ok && len(jti) > 32 && strings.Contains(text, jti[:32]) {
				t.Fatalf("%q holds the jti", text)
			}
		}
	}
}

// TestExplainWords: what an operator reads about each mistake.
func TestExplainWords(t *testing.T) {
	s := newShop(t)
	rsa := testKey(t, "RS256")
	audience := func(c *Config) { c.Audience = []string{"api"} }
	for name, tt := range map[string]struct {
		backend *Backend
		token   func(b *Backend) string
		key     string
		want    []string
		remark  string
	}{
		"good": {
			backend: newBackend(t, "5.3", nil),
			token:   func(b *Backend) string { return issue(t, b, goodClaims) },
			key:     "signing_key",
		},
		"of a previous key": {
			backend: newBackend(t, "5.3", func(c *Config) { c.PreviousKeys = []*Key{testKey(t, "HS384"), testKey(t, "HS512")} }),
			token: func(*Backend) string {
				return signed(t, testKey(t, "HS512"), `{"alg":"HS512"}`, goodClaims)
			},
			key: "previous_key 2",
		},
		"wrong key": {
			backend: newBackend(t, "5.3", nil),
			token: func(*Backend) string {
				key, _ := NewKey("HS256", []byte("another secret of thirty-two bytes and more"), false)
				return signed(t, key, `{"alg":"HS256"}`, goodClaims)
			},
			want: []string{"its signature fits no key here (signing_key for HS256): give signing_key the value of SIGNING_KEY in SIMPLE_JWT, " +
				"which is SECRET_KEY by default, or name a key that was replaced with previous_key"},
		},
		"wrong algorithm": {
			backend: newBackend(t, "5.3", nil),
			token:   func(*Backend) string { return signed(t, testKey(t, "HS512"), `{"alg":"HS512"}`, goodClaims) },
			want: []string{`its alg is "HS512", and the keys here are for HS256: write algorithm HS512 and its key, ` +
				`if ALGORITHM in SIMPLE_JWT is that`},
		},
		"wrong algorithm of the right key": {
			backend: newBackend(t, "5.3", func(c *Config) { c.SigningKey = rsa }),
			token: func(*Backend) string {
				return signed(t, testKey(t, "RS512"), `{"alg":"RS512"}`, goodClaims)
			},
			want: []string{`its alg is "RS512", and the keys here are for RS256: its signature fits signing_key, so write algorithm RS512`},
		},
		"wrong audience, and expired": {
			backend: newBackend(t, "5.3", audience),
			token: func(b *Backend) string {
				return issue(t, b, `{"token_type":"refresh","exp":1767319445,"jti":"0123","user_id":1,"aud":["web","app"]}`)
			},
			key: "signing_key",
			want: []string{
				"its exp is 2026-01-02T02:04:05Z, which was 1h0m1s ago: it has expired; give a newer token",
				`its aud is ["web","app"], and audience is "api": write the AUDIENCE of SIMPLE_JWT`,
			},
		},
		"no audience": {
			backend: newBackend(t, "5.3", audience),
			token:   func(b *Backend) string { return issue(t, b, goodClaims) },
			key:     "signing_key",
			want:    []string{`it has no aud, and audience is "api": write the AUDIENCE of SIMPLE_JWT`},
		},
		"other claim names": {
			backend: newBackend(t, "5.3", nil),
			token: func(b *Backend) string {
				return issue(t, b, `{"typ":"refresh","exp":1767326645,"iat":1767319445,"id":"0123","sub":"1"}`)
			},
			key: "signing_key",
			want: []string{
				"it has no claim jti, and jti_claim names it: write the JTI_CLAIM of SIMPLE_JWT; its claims are typ, exp, iat, id, sub",
				"it has no claim token_type, and token_type_claim names it: write the TOKEN_TYPE_CLAIM of SIMPLE_JWT; its claims are typ, exp, iat, id, sub",
			},
			remark: "the token has no claim user_id, so it names no user to look up or to log out: write the USER_ID_CLAIM of SIMPLE_JWT as user_id_claim; " +
				"its claims are typ, exp, iat, id, sub",
		},
		"access token": {
			backend: newBackend(t, "5.3", nil),
			token: func(b *Backend) string {
				return issue(t, b, strings.Replace(goodClaims, `"refresh"`, `"access"`, 1))
			},
			key:  "signing_key",
			want: []string{`its token_type is "access", and only "refresh" is refreshed: give a refresh token`},
		},
		"issued in the future": {
			backend: newBackend(t, "5.3", nil),
			token: func(b *Backend) string {
				return issue(t, b, strings.Replace(goodClaims, "1767319445", "1767323107", 1))
			},
			key: "signing_key",
			want: []string{"its iat is 2026-01-02T03:05:07Z, which is in 1m1s, and a token cannot be issued in the future: " +
				"the clock of the machine that issued it is ahead of this one's; check NTP on both, or write the LEEWAY of SIMPLE_JWT"},
		},
		"numeric subject": {
			backend: newBackend(t, "5.5", nil),
			token:   func(b *Backend) string { return issue(t, b, claimsWith(`"sub":1`)) },
			key:     "signing_key",
			want:    []string{"its sub is 1, which is not a string, which PyJWT requires from 2.10 on: write the pyjwt_version that pip freeze prints in the backend"},
		},
		"the whole answer": {
			backend: newBackend(t, "5.3", nil),
			token:   func(b *Backend) string { return `{"refresh":"` + issue(t, b, goodClaims) + `"}` },
			want:    []string{"it is JSON: give the token alone, which is the value of refresh"},
		},
		"used before": {
			backend: s.edge("5.3", func(c *Config) { c.ReuseDetection = true }),
			token: func(b *Backend) string {
				token := issue(t, b, goodClaims)
				s.next(b, token)
				return token
			},
			key:  "signing_key",
			want: []string{"it was used before; using it again ends the session, as reuse_detection says"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			token := tt.token(tt.backend)
			var ask Ask
			if tt.backend.store != nil {
				ask = tt.backend.store.Check
			}
			e := tt.backend.Explain(t.Context(), new(Scratch), []byte(token), s.now, ask)
			var got []string
			for _, p := range e.Problems {
				got = append(got, p.Text)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
			if graced := map[bool]time.Duration{true: 10 * time.Second}[name == "used before"]; e.Graced != graced {
				t.Errorf("graced %v, want %v", e.Graced, graced)
			}
			if e.Key != tt.key {
				t.Errorf("it is verified by %q, want %q", e.Key, tt.key)
			}
			if remark := strings.Join(e.Remarks, "; "); remark != tt.remark {
				t.Errorf("remarks %q, want %q", remark, tt.remark)
			}
			reads(t, token, e)
		})
	}
}

// TestExplainUsers: each fault of a user that a store may find has its own words.
func TestExplainUsers(t *testing.T) {
	for user := store.UserMissing; user <= store.UserBadUUID; user++ {
		b := newBackend(t, "5.5", func(c *Config) { c.Store = newShop(t).memory })
		e := b.Explain(t.Context(), new(Scratch), []byte(issue(t, b, goodClaims)), testNow, func(context.Context, *store.Check) (store.Answer, error) {
			return store.Answer{Verdict: store.UserRefused, User: user}, nil
		})
		if len(e.Problems) != 1 || e.Problems[0].Text == "" || e.Err != judgeUser(user) {
			t.Errorf("%v: %v, %v", user, e.Err, e.Problems)
		}
	}
}

// TestExplainUnavailable: if a key set or a store cannot be asked, that is an error of
// its own, not a refusal.
func TestExplainUnavailable(t *testing.T) {
	b := newBackend(t, "5.5", func(c *Config) { c.Store = newShop(t).memory })
	e := b.Explain(t.Context(), new(Scratch), []byte(issue(t, b, goodClaims)), testNow, func(context.Context, *store.Check) (store.Answer, error) {
		return store.Answer{}, errors.New("the disk is full")
	})
	if !errors.Is(e.Err, ErrUnavailable) || len(e.Problems) != 1 || !strings.Contains(e.Problems[0].Text, "the disk is full") {
		t.Errorf("%v, %v", e.Err, e.Problems)
	}
}
