// SPDX-License-Identifier: Apache-2.0

package simplejwt

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/caddyrefresh/caddyrefresh/internal/release"
	"github.com/caddyrefresh/caddyrefresh/store"
	"github.com/caddyrefresh/caddyrefresh/store/storetest"
)

// TestReplayIsTheSame: a repeat at another edge, or after a reload, gives the
// refresh token that the first request got.
func TestReplayIsTheSame(t *testing.T) {
	const withAudience = `{"token_type":"refresh","exp":1767326645,"jti":"0123","aud":"a","iss":"us","user_id":1}`
	both := func(c *Config) { c.Leeway = time.Minute }
	for name, tt := range map[string]struct {
		payload       string
		first, second func(*Config)
		after         time.Duration // as the edge's clock shows it; the store's moves by a second
		other         bool          // the token differs, its jti, iat and exp do not
	}{
		"nothing changed":       {payload: goodClaims},
		"clock ahead":           {payload: goodClaims, after: 30 * time.Second},
		"clock behind":          {payload: goodClaims, after: -30 * time.Second},
		"lifetimes":             {payload: goodClaims, second: func(c *Config) { c.AccessTokenLifetime, c.RefreshTokenLifetime = time.Second, time.Hour }},
		"release":               {payload: goodClaims, second: func(c *Config) { c.Release = release.MustNamed("5.2") }},
		"longer grace":          {payload: goodClaims, first: func(c *Config) { c.ReuseGrace = 0 }},
		"audience, issuer gone": {payload: withAudience, first: func(c *Config) { c.Audience, c.Issuer = []string{"a"}, "us" }},
		"audience, issuer new":  {payload: withAudience, second: func(c *Config) { c.Audience, c.Issuer = []string{"a"}, "us" }},
		"audience added":        {payload: withAudience, first: func(c *Config) { c.Audience = []string{"a"} }, second: func(c *Config) { c.Audience = []string{"a", "b"} }, other: true},
		"other key": {payload: goodClaims, second: func(c *Config) {
			c.PreviousKeys, c.SigningKey = []*Key{testKey(t, "HS256")}, testKey(t, "HS384")
		}, other: true},
		"sessions end": {
			payload: goodClaims, first: func(c *Config) { c.SessionLifetime = 2 * day }, second: func(c *Config) { c.SessionLifetime = 3 * day },
		},
		"sessions end, clock ahead": {
			payload: `{"token_type":"refresh","exp":1767326645,"jti":"0123"}`, after: 30 * time.Second,
			first: func(c *Config) { c.SessionLifetime = day }, second: func(c *Config) { c.SessionLifetime = day },
		},
		"sessions end, issued by a clock ahead": {
			// The session begins with the request: its iat is still to come.
			payload: `{"token_type":"refresh","exp":1767326645,"iat":1767323060,"jti":"0123"}`, after: 30 * time.Second,
			first:  func(c *Config) { both(c); c.SessionLifetime = day },
			second: func(c *Config) { both(c); c.SessionLifetime = day },
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t)
			a, b := s.edge("5.5", tt.first), s.edge("5.5", tt.second)
			token := signed(t, testKey(t, "HS256"), withHeader(testKey(t, "HS256")), tt.payload)
			first := s.next(a, token)
			s.now = s.now.Add(time.Second)
			pair, err := b.Refresh(t.Context(), new(Scratch), []byte(token), testNow.Add(time.Second+tt.after))
			if err != nil || !pair.Replayed || (string(pair.Refresh) != first) != tt.other {
				t.Fatalf("the repeat gives\n%s\nafter\n%s\n%v", payloadOf(t, pair.Refresh), payloadOf(t, first), err)
			}
			if diff := cmp.Diff(idAndTimes(t, first), idAndTimes(t, string(pair.Refresh))); diff != "" {
				t.Errorf("jti, iat and exp (-first +repeat)\n%s", diff)
			}
			fresh := testNow.Add(time.Second + tt.after).Unix()
			if got := idAndTimes(t, string(pair.Access)); got[1] != fmt.Sprint(fresh) && !b.release.CopiesIssuedAt {
				t.Errorf("the access token has iat %s, want %d", got[1], fresh)
			}
		})
	}
}

// idAndTimes returns the jti, iat and exp of a token as they stand.
func idAndTimes(t *testing.T, token string) []string {
	t.Helper()
	var c claims
	if !c.parse([]byte(payloadOf(t, token)), &names{tokenType: "token_type", jti: "jti", userID: "user_id", revokeMark: "hash_password"}) {
		t.Fatalf("no claims in %s", token)
	}
	return []string{c.jti.text(), string(c.iat.value), string(c.exp.value)}
}

// TestSessionLifetime: no token outlives its session, and the rotated one says when the
// session began.
func TestSessionLifetime(t *testing.T) {
	for name, tt := range map[string]struct {
		payload        string
		lifetime       time.Duration
		accessExp, exp int64
		start          string // the claim in the new token, or nothing
		foreign        bool
		want           error
	}{
		"plenty left":     {claimsOf(`"iat":1767319445`), 7 * day, 1767323345, 1767409445, "1767319445", false, nil},
		"ends first":      {claimsOf(`"iat":1767319445`), 2 * time.Hour, 1767323345, 1767326645, "1767319445", false, nil},
		"ends very soon":  {claimsOf(`"iat":1767319445`), time.Hour + time.Second, 1767323046, 1767323046, "1767319445", false, nil},
		"over":            {claimsOf(`"iat":1767319445`), time.Hour, 0, 0, "", false, ErrExpired},
		"over long since": {claimsOf(`"iat":-1767319445`), time.Hour, 0, 0, "", false, ErrExpired},
		"no iat":          {claimsOf(`"x":1`), time.Hour, 1767323345, 1767326645, "1767323045", false, nil},
		"iat a fraction":  {claimsOf(`"iat":1767319445.9`), 2 * time.Hour, 1767323345, 1767326645, "1767319445", false, nil},
		"ours":            {claimsOf(`"iat":1767323000,"session_start":1767319445`), 2 * time.Hour, 1767323345, 1767326645, "1767319445", false, nil},
		"ours, over":      {claimsOf(`"iat":1767323000,"session_start":1767319445`), time.Hour, 0, 0, "", false, ErrExpired},
		"this second":     {claimsOf(`"session_start":1767323045`), time.Hour, 1767323345, 1767326645, "1767323045", false, nil},
		"iat ahead":       {claimsOf(`"iat":1767323100`), time.Hour, 1767323345, 1767326645, "1767323045", false, nil},
		"ours, ahead":     {claimsOf(`"session_start":1767323105`), time.Hour, 1767323345, 1767326705, "1767323105", false, nil},
		"in the future":   {claimsOf(`"session_start":1767323106`), time.Hour, 1767323345, 1767409445, "1767323106", true, nil},
		"text":            {claimsOf(`"session_start":"1767319445"`), time.Hour, 1767323345, 1767409445, `"1767319445"`, true, nil},
		"fraction":        {claimsOf(`"session_start":1767319445.0`), time.Hour, 1767323345, 1767409445, `1767319445.0`, true, nil},
		"true":            {claimsOf(`"session_start":true`), time.Hour, 1767323345, 1767409445, `true`, true, nil},
		"zero":            {claimsOf(`"session_start":0`), time.Hour, 1767323345, 1767409445, `0`, true, nil},
		"negative":        {claimsOf(`"session_start":-5`), time.Hour, 1767323345, 1767409445, `-5`, true, nil},
		"huge":            {claimsOf(`"session_start":99999999999999999999`), time.Hour, 1767323345, 1767409445, `99999999999999999999`, true, nil},
		"escaped":         {claimsOf(`"session\u005fstart":1767319445`), time.Hour, 0, 0, "", false, ErrExpired},
		"off, ours":       {claimsOf(`"session_start":1767319445`), 0, 1767323345, 1767409445, "1767319445", false, nil},
		"off":             {claimsOf(`"iat":1767319445`), 0, 1767323345, 1767409445, "", false, nil},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t)
			for mode, change := range map[string]func(*Config){
				"spends":  nil,
				"checks":  func(c *Config) { c.BlacklistAfterRotation, c.StoreName = false, "checks" },
				"neither": func(c *Config) { c.BlacklistAfterRotation, c.Store = false, nil },
			} {
				b := s.edge("5.5", func(c *Config) {
					c.SessionLifetime, c.Leeway = tt.lifetime, time.Minute
					if change != nil {
						change(c)
					}
				})
				pair, err := b.Refresh(t.Context(), new(Scratch), []byte(issue(t, b, tt.payload)), s.now)
				if !errors.Is(err, tt.want) {
					t.Fatalf("%s: %v, want %v", mode, err, tt.want)
				}
				if tt.want != nil {
					continue
				}
				if pair.ForeignSessionStart != tt.foreign {
					t.Errorf("%s: foreign: %v", mode, pair.ForeignSessionStart)
				}
				access, refresh := payloadOf(t, pair.Access), payloadOf(t, pair.Refresh)
				if !strings.Contains(access, fmt.Sprintf(`"exp":%d,`, tt.accessExp)) {
					t.Errorf("%s: access token %s, want exp %d", mode, access, tt.accessExp)
				}
				if !strings.Contains(refresh, fmt.Sprintf(`"exp":%d,`, tt.exp)) {
					t.Errorf("%s: refresh token %s, want exp %d", mode, refresh, tt.exp)
				}
				if claim := `"session_start":` + tt.start; strings.Count(refresh, `"session_start":`) != len(tt.start)/max(len(tt.start), 1) ||
					tt.start != "" && !strings.Contains(refresh, claim+",") && !strings.Contains(refresh, claim+"}") {
					t.Errorf("%s: refresh token %s, want session_start %s", mode, refresh, tt.start)
				}
			}
			if tt.want != nil && s.memory.Asked() != 0 {
				t.Errorf("the store was asked %d times about a session that is over", s.memory.Asked())
			}
		})
	}
}

// claimsOf is the payload of a refresh token that is good for an hour.
func claimsOf(more string) string {
	return `{"token_type":"refresh","exp":1767326645,"jti":"0123",` + more + `}`
}

// TestSessionEnds: rotation does not carry a session past its end, replays
// included.
func TestSessionEnds(t *testing.T) {
	s := newShop(t)
	b := s.edge("5.5", func(c *Config) { c.SessionLifetime = 36 * time.Hour })
	token := issue(t, b, claimsOf(`"x":1`))
	began := s.now
	for s.now.Sub(began) < 36*time.Hour-time.Second {
		next := s.next(b, token)
		if again := s.next(b, token); again != next {
			t.Fatalf("the repeat gives\n%s after\n%s", payloadOf(t, again), payloadOf(t, next))
		}
		if !strings.Contains(payloadOf(t, next), `"session_start":1767323045`) {
			t.Fatalf("the session began with %s", payloadOf(t, next))
		}
		token = next
		s.now = s.now.Add(min(5*time.Hour, began.Add(36*time.Hour-time.Second).Sub(s.now)))
	}
	last := s.next(b, token)
	s.now = s.now.Add(2 * time.Second)
	s.refuses(b, last, ErrExpired)
}

// TestStoreFaults: a store that cannot answer does not refuse the token, and the session
// goes on once the store answers.
func TestStoreFaults(t *testing.T) {
	s := newShop(t)
	boom := errors.New("boom")
	spends, checks := s.edge("5.5", nil), s.edge("5.5", func(c *Config) { c.BlacklistAfterRotation = false })
	token := []byte(issue(t, spends, goodClaims))
	wrongType := []byte(issue(t, spends, strings.Replace(goodClaims, `"refresh"`, `"access"`, 1)))
	refresh := func(b *Backend, token []byte) error {
		pair, err := b.Refresh(t.Context(), new(Scratch), token, s.now)
		if pair.Access != nil || pair.Refresh != nil {
			t.Errorf("a pair comes with %v", err)
		}
		return err
	}
	s.memory.Fail(boom)
	for name, err := range map[string]error{
		"spending":            refresh(spends, token),
		"checking":            refresh(checks, token),
		"wrong type":          refresh(spends, wrongType),
		"verify":              spends.Verify(t.Context(), new(Scratch), token, s.now),
		"blacklist":           spends.Blacklist(t.Context(), new(Scratch), token, s.now),
		"blacklist, mistyped": spends.Blacklist(t.Context(), new(Scratch), wrongType, s.now),
	} {
		if !errors.Is(err, ErrUnavailable) || !errors.Is(err, boom) || errors.Is(err, ErrWrongType) {
			t.Errorf("%s: %v, want one that wraps ErrUnavailable and the cause", name, err)
		}
	}
	if err := checks.Verify(t.Context(), new(Scratch), token, s.now); err != nil {
		t.Errorf("verify, where it does not look: %v", err)
	}
	s.memory.Fail(nil)
	s.next(spends, string(token))
}

// TestUserChecks: which checks of the user a store is asked for, by release. An id that
// is false in Python is not looked up as a user, but it must be a key.
func TestUserChecks(t *testing.T) {
	s := newShop(t)
	w := &witness{Store: s.memory}
	none, all := store.UserChecks{}, store.UserChecks{Exists: true, Active: true}
	key := store.UserChecks{Key: true} // where the edge rotates, for the row of the new token
	for _, tt := range []struct {
		name, release, user string
		change              func(*Config)
		want                store.UserChecks
		id                  store.User
	}{
		{"5.2", "5.2", `1`, nil, none, store.User{ID: "1", Kind: store.IntegerUser}},
		{"5.3", "5.3", `1`, nil, none, store.User{ID: "1", Kind: store.IntegerUser}},
		{"5.4", "5.4", `1`, nil, all, store.User{ID: "1", Kind: store.IntegerUser}},
		{"5.5", "5.5", `"1"`, nil, all, store.User{ID: "1", Kind: store.TextUser}},
		{"not active", "5.5", `1`, func(c *Config) { c.CheckUserIsActive = false }, store.UserChecks{Exists: true}, store.User{ID: "1", Kind: store.IntegerUser}},
		{"zero", "5.5", `0`, nil, key, store.User{ID: "0", Kind: store.IntegerUser}},
		{"minus zero", "5.5", `-0`, nil, key, store.User{ID: "-0", Kind: store.IntegerUser}},
		{"zero fraction", "5.5", `0.0`, nil, key, store.User{ID: "0.0", Kind: store.OtherUser}},
		{"empty", "5.5", `""`, nil, key, store.User{Kind: store.TextUser}},
		{"null", "5.5", `null`, nil, none, store.User{}},
		{"false", "5.5", `false`, nil, key, store.User{ID: "False", Kind: store.OtherUser}},
		{"list", "5.5", `[ ]`, nil, key, store.User{ID: "[]", Kind: store.OtherUser}},
		{"list of every space", "5.5", "[\t\n\r ]", nil, key, store.User{ID: "[]", Kind: store.OtherUser}},
		{"object", "5.5", `{}`, nil, key, store.User{ID: "{}", Kind: store.OtherUser}},
		{"zero in 5.4", "5.4", `0`, nil, none, store.User{ID: "0", Kind: store.IntegerUser}},
		{"missing", "5.5", ``, nil, none, store.User{}},
		{"true", "5.5", `true`, nil, all, store.User{ID: "True", Kind: store.OtherUser}},
		{"less than one", "5.5", `0.5`, nil, all, store.User{ID: "0.5", Kind: store.OtherUser}},
		{"more than minus one", "5.5", `-0.5`, nil, all, store.User{ID: "-0.5", Kind: store.OtherUser}},
		{"a fraction", "5.5", `1.5`, nil, all, store.User{ID: "1.5", Kind: store.OtherUser}},
		{"full list", "5.5", `[0]`, nil, all, store.User{ID: "[0]", Kind: store.OtherUser}},
		{"text zero", "5.5", `"0"`, nil, all, store.User{ID: "0", Kind: store.TextUser}},
		{"space", "5.5", `" "`, nil, all, store.User{ID: " ", Kind: store.TextUser}},
		{"escapes", "5.5", `"\u0031"`, nil, all, store.User{ID: "1", Kind: store.TextUser}},
		{"password", "5.3", `1,"hash_password":"ABC"`, endsOnChange, store.UserChecks{Password: true, PasswordClaim: "ABC"}, store.User{ID: "1", Kind: store.IntegerUser}},
		{"no mark", "5.5", `1`, endsOnChange, store.UserChecks{Exists: true, Active: true}, store.User{ID: "1", Kind: store.IntegerUser}},
		{"mark is no text", "5.3", `1,"hash_password":7`, endsOnChange, store.UserChecks{Password: true}, store.User{ID: "1", Kind: store.IntegerUser}},
		{"password of nobody", "5.3", `0,"hash_password":"ABC"`, endsOnChange, none, store.User{ID: "0", Kind: store.IntegerUser}},
	} {
		for _, spends := range []bool{true, false} {
			b := s.edge(tt.release, func(c *Config) {
				c.Store, c.BlacklistAfterRotation, c.CheckUserIsActive, c.ReuseGrace = w, spends, true, 0
				if tt.change != nil {
					tt.change(c)
				}
			})
			w.answer, w.checks, w.spends = &store.Answer{Verdict: store.Live}, nil, nil
			if spends {
				w.answer.Verdict = store.Rotated
			}
			payload := claimsOf(`"x":1`)
			if tt.user != "" {
				payload = claimsOf(`"user_id":` + tt.user)
			}
			if _, _, err := s.refresh(b, issue(t, b, payload)); err != nil {
				t.Fatalf("%s: %v", tt.name, err)
			}
			var got store.UserChecks
			var id store.User
			if spends {
				got, id = w.spends[0].Users, w.spends[0].Token.User
			} else {
				got, id = w.checks[0].Users, w.checks[0].Token.User
			}
			if got != tt.want || id != tt.id {
				t.Errorf("%s, spends %v: asked %+v of %+v, want %+v of %+v", tt.name, spends, got, id, tt.want, tt.id)
			}
		}
	}
}

// endsOnChange has a password change end sessions.
func endsOnChange(c *Config) {
	c.EndSessionsOnPasswordChange, c.RevokeTokenClaim = true, "hash_password"
}

// TestUsers: the answers for each state of a user in the store. A refused request spends
// and revokes nothing.
func TestUsers(t *testing.T) {
	s := newShop(t)
	s.memory.Is.SeesUsers = true
	s.memory.SetUser("1", storetest.MemoryUser{Active: true, PasswordHash: "pw"})
	s.memory.SetUser("2", storetest.MemoryUser{})
	mark := `,"hash_password":"` + store.PasswordMark("pw") + `"`
	for name, tt := range map[string]struct {
		release, user string
		change        func(*Config)
		want          error
	}{
		"active":           {"5.4", `1`, nil, nil},
		"active, as text":  {"5.5", `"1"`, nil, nil},
		"inactive":         {"5.4", `2`, nil, ErrNoActiveAccount},
		"inactive, let be": {"5.5", `2`, func(c *Config) { c.CheckUserIsActive = false }, nil},
		"inactive, 5.3":    {"5.3", `2`, nil, nil},
		"missing":          {"5.5", `3`, nil, ErrNoActiveAccount},
		"missing, 5.2":     {"5.2", `3`, nil, nil},
		"nobody":           {"5.5", `0`, nil, nil},
		"password":         {"5.5", `1` + mark, endsOnChange, nil},
		"password, 5.3":    {"5.3", `1,"hash_password":"x"`, endsOnChange, ErrPasswordChanged},
		"empty mark":       {"5.5", `1,"hash_password":""`, endsOnChange, ErrPasswordChanged},
		"null for a mark":  {"5.5", `1,"hash_password":null`, endsOnChange, ErrPasswordChanged},
		"no mark":          {"5.5", `1`, endsOnChange, nil},
		"no mark, 5.3":     {"5.3", `3`, endsOnChange, nil},
		"password, let be": {"5.5", `1,"hash_password":"x"`, nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			for mode, spends := range map[string]bool{"spends": true, "checks": false} {
				b := s.edge(tt.release, func(c *Config) {
					c.StoreName, c.CheckUserIsActive, c.BlacklistAfterRotation = name+mode, true, spends
					if tt.change != nil {
						tt.change(c)
					}
				})
				token := issue(t, b, claimsOf(`"user_id":`+tt.user))
				_, _, err := s.refresh(b, token)
				if !errors.Is(err, tt.want) {
					t.Errorf("%s: %v, want %v", mode, err, tt.want)
				}
				a, err := s.memory.Check(t.Context(), &store.Check{Name: name + mode, Token: store.Token{JTI: "0123"}})
				want := store.Live
				if tt.want == nil && spends {
					want = store.Spent
				}
				if err != nil || a.Verdict != want {
					t.Errorf("%s: the token is %v afterwards, %v; want %v", mode, a.Verdict, err, want)
				}
			}
		})
	}
}

// TestStoreOutlivesTheClient: if the client leaves, the edge still waits for the store,
// since it has to know whether the token was spent. The store's timeout bounds each
// question.
func TestStoreOutlivesTheClient(t *testing.T) {
	s := newShop(t)
	s.memory.Is.Timeout = time.Minute
	w := &witness{Store: s.memory}
	b := s.edge("5.5", func(c *Config) { c.Store, c.ReuseDetection = w, true })
	type key struct{}
	gone, leave := context.WithCancel(context.WithValue(t.Context(), key{}, "kept"))
	leave()
	token := []byte(issue(t, b, goodClaims))
	refresh := func(b *Backend) error { _, err := b.Refresh(gone, new(Scratch), token, s.now); return err }
	before := time.Now()
	if err := refresh(b); err != nil {
		t.Errorf("spending: %v", err)
	}
	s.now = s.now.Add(11 * time.Second)
	if err := refresh(b); !errors.Is(err, ErrReused) {
		t.Errorf("reuse: %v", err)
	}
	checks := s.edge("5.5", func(c *Config) { c.Store, c.BlacklistAfterRotation = w, false })
	if err := refresh(checks); !errors.Is(err, ErrBlacklisted) {
		t.Errorf("checking: %v", err)
	}
	if err := b.Blacklist(gone, new(Scratch), token, s.now); !errors.Is(err, ErrBlacklisted) {
		t.Errorf("blacklisting: %v", err)
	}
	if len(w.contexts) != 4 {
		t.Fatalf("%d questions, want 4", len(w.contexts))
	}
	for i, ctx := range w.contexts {
		deadline, ok := ctx.Deadline()
		if left := deadline.Sub(before); !ok || left < 59*time.Second || left > time.Minute+time.Since(before) {
			t.Errorf("question %d may take %v, want a minute", i, left)
		}
		if ctx.Err() == nil {
			t.Errorf("question %d: its timer was left running", i)
		}
		if ctx.Value(key{}) != "kept" {
			t.Errorf("question %d: the values of the request are lost", i)
		}
	}
	// A store that takes longer than its timeout has not answered.
	w.answer = &store.Answer{Verdict: store.Rotated}
	s.memory.Is.Timeout = -1
	if err := refresh(s.edge("5.5", func(c *Config) { c.Store = w })); !errors.Is(err, ErrUnavailable) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("too late: %v", err)
	}
}

// TestCutOffs: user ids 1 and "1" are one user, and only tokens that were issued after
// the cut-off are accepted.
func TestCutOffs(t *testing.T) {
	for name, tt := range map[string]struct {
		claims string
		want   error
	}{
		"integer":      {`"user_id":1,"iat":1767323045`, ErrBlacklisted},
		"text":         {`"user_id":"1","iat":1767323045`, ErrBlacklisted},
		"escaped text": {`"user_id":"\u0031","iat":1767319445`, ErrBlacklisted},
		"no iat":       {`"user_id":1`, ErrBlacklisted},
		"iat a bit on": {`"user_id":1,"iat":1767323045.9`, ErrBlacklisted},
		"issued after": {`"user_id":1,"iat":1767323046`, nil},
		"someone else": {`"user_id":11,"iat":1767319445`, nil},
		"nobody":       {`"user_id":null,"iat":1767319445`, nil},
		"no user":      {`"iat":1767319445`, nil},
	} {
		for _, id := range []store.User{{ID: "1", Kind: store.TextUser}, {ID: "1", Kind: store.IntegerUser}} {
			s := newShop(t)
			if _, err := s.memory.CutOff(t.Context(), &store.CutOff{User: id, Second: s.now.Unix()}); err != nil {
				t.Fatal(err)
			}
			s.now = s.now.Add(5 * time.Second)
			b := s.edge("5.5", nil)
			if _, _, err := s.refresh(b, issue(t, b, claimsOf(tt.claims))); !errors.Is(err, tt.want) {
				t.Errorf("%s: %v, want %v", name, err, tt.want)
			}
		}
	}
}
