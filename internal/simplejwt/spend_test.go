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
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/caddyrefresh/caddyrefresh/store"
	"github.com/caddyrefresh/caddyrefresh/store/storetest"
)

const day = 24 * time.Hour

// shop is a store in memory with a clock that stands still, and edges at it.
type shop struct {
	testing.TB
	memory *storetest.Memory
	now    time.Time
}

func newShop(t testing.TB) *shop {
	s := &shop{TB: t, now: testNow}
	s.memory = storetest.NewMemory(func() time.Time { return s.now })
	return s
}

// edge makes a backend that spends, with reuse_grace 10s, modified by change.
func (s *shop) edge(release string, change func(*Config)) *Backend {
	s.Helper()
	return newBackend(s, release, func(c *Config) {
		c.Store, c.BlacklistAfterRotation, c.ReuseGrace = s.memory, true, 10*time.Second
		if change != nil {
			change(c)
		}
	})
}

// refresh is one request; the pair outlives it.
func (s *shop) refresh(b *Backend, token string) (access, refresh string, err error) {
	s.Helper()
	pair, err := b.Refresh(s.Context(), new(Scratch), []byte(token), s.now)
	return string(pair.Access), string(pair.Refresh), err
}

// next refreshes and wants a new pair.
func (s *shop) next(b *Backend, token string) string {
	s.Helper()
	_, refresh, err := s.refresh(b, token)
	if err != nil || refresh == "" {
		s.Fatalf("refresh: %q, %v", refresh, err)
	}
	return refresh
}

// refuses checks that a refresh returns want and no tokens.
func (s *shop) refuses(b *Backend, token string, want error) {
	s.Helper()
	if access, refresh, err := s.refresh(b, token); !errors.Is(err, want) || access != "" || refresh != "" {
		s.Errorf("refresh: %q, %q, %v; want %v", access, refresh, err, want)
	}
}

// issue signs a payload with the key of b.
func issue(tb testing.TB, b *Backend, payload string) string {
	tb.Helper()
	return signed(tb, b.signingKey, withHeader(b.signingKey), payload)
}

// witness is a store that notes what it is asked, and may answer itself.
type witness struct {
	store.Store
	checks   []store.Check
	spends   []store.Spend
	revokes  []store.Revocation
	contexts []context.Context
	answer   *store.Answer // to Check and Spend, in place of the store's
}

func (w *witness) Check(ctx context.Context, c *store.Check) (store.Answer, error) {
	w.checks, w.contexts = append(w.checks, *c), append(w.contexts, ctx)
	if w.answer != nil {
		return *w.answer, ctx.Err()
	}
	return w.Store.Check(ctx, c)
}

func (w *witness) Spend(ctx context.Context, s *store.Spend) (store.Answer, error) {
	w.spends, w.contexts = append(w.spends, *s), append(w.contexts, ctx)
	if w.answer != nil {
		return *w.answer, ctx.Err()
	}
	return w.Store.Spend(ctx, s)
}

func (w *witness) Revoke(ctx context.Context, r *store.Revocation) (store.RevokeAnswer, error) {
	w.revokes, w.contexts = append(w.revokes, *r), append(w.contexts, ctx)
	return w.Store.Revoke(ctx, r)
}

// TestVerdicts: what the edge makes of each verdict of a store. A verdict that this
// version does not know does not accept the token.
func TestVerdicts(t *testing.T) {
	recorded := store.Issued{JTI: store.Successor("0123"), IssuedAt: 1767323040, ExpiresAt: 1767400000}
	for _, tt := range []struct {
		verdict        store.Verdict
		user           store.UserState
		spend, check   error
		revokes        int // of the refresh that spends, with reuse_detection
		replayed, late bool
		issued, until  string // of the new refresh token
	}{
		{verdict: store.Undecided, spend: ErrUnavailable, check: ErrUnavailable},
		{verdict: store.Live, spend: ErrUnavailable},
		{verdict: store.Spent, spend: ErrBlacklisted, check: ErrBlacklisted},
		{verdict: store.Rotated, check: ErrUnavailable, issued: "1767323045", until: "1767409445"},
		{verdict: store.Replayed, check: ErrUnavailable, replayed: true, issued: "1767323040", until: "1767400000"},
		{verdict: store.Replayed, check: ErrUnavailable, replayed: true, late: true, issued: "1767323040", until: "1767400000"},
		{verdict: store.Refused, spend: ErrBlacklisted, check: ErrBlacklisted},
		{verdict: store.Straggler, spend: ErrStraggler, check: ErrStraggler},
		{verdict: store.Reused, spend: ErrReused, check: ErrReused},
		{verdict: store.UserRefused, user: store.UserMissing, spend: ErrNoActiveAccount, check: ErrNoActiveAccount},
		{verdict: store.UserRefused, user: store.UserInactive, spend: ErrNoActiveAccount, check: ErrNoActiveAccount},
		{verdict: store.UserRefused, user: store.UserUnseen, spend: ErrNoActiveAccount, check: ErrNoActiveAccount},
		{verdict: store.UserRefused, user: store.UserBadID, spend: ErrInvalid, check: ErrInvalid},
		{verdict: store.UserRefused, user: store.UserBadUUID, spend: ErrNotUUID, check: ErrNotUUID},
		{verdict: store.UserRefused, user: store.UserPasswordChanged, spend: ErrPasswordChanged, check: ErrPasswordChanged},
		{verdict: store.Verdict(200), spend: ErrUnavailable, check: ErrUnavailable},
	} {
		t.Run(fmt.Sprintf("%v %v late %v", tt.verdict, tt.user, tt.late), func(t *testing.T) {
			s := newShop(t)
			w := &witness{Store: s.memory, answer: &store.Answer{Verdict: tt.verdict, User: tt.user, Late: tt.late, Successor: recorded}}
			spends := s.edge("5.5", func(c *Config) { c.Store, c.ReuseDetection = w, true })
			token := []byte(issue(t, spends, goodClaims))
			pair, err := spends.Refresh(t.Context(), new(Scratch), token, s.now)
			if !errors.Is(err, tt.spend) || (err != nil) != (pair.Access == nil && pair.Refresh == nil) || pair.Replayed != tt.replayed || pair.Late != tt.late {
				t.Errorf("spending: %+v, %v; want %v", pair, err, tt.spend)
			}
			if len(w.revokes) != tt.revokes || len(w.spends) != 1 || len(w.checks) != 0 {
				t.Errorf("asked %d checks, %d spends, %d revocations", len(w.checks), len(w.spends), len(w.revokes))
			}
			if tt.issued != "" {
				want := `{"token_type":"refresh","exp":` + tt.until + `,"iat":` + tt.issued + `,"jti":"` + store.Successor("0123") + `","user_id":1}`
				if diff := cmp.Diff(want, payloadOf(t, pair.Refresh)); diff != "" {
					t.Errorf("refresh token (-want +got)\n%s", diff)
				}
			}
			checks := s.edge("5.5", func(c *Config) { c.Store, c.BlacklistAfterRotation = w, false })
			pair, err = checks.Refresh(t.Context(), new(Scratch), token, s.now)
			if !errors.Is(err, tt.check) || (err != nil) != (pair.Access == nil && pair.Refresh == nil) {
				t.Errorf("checking: %+v, %v; want %v", pair, err, tt.check)
			}
			if len(w.spends) != 1 || len(w.checks) != 1 {
				t.Errorf("asked %d checks, %d spends in all", len(w.checks), len(w.spends))
			}
		})
	}
}

// TestSpending follows a token through the table: fresh, repeated, late, reused.
func TestSpending(t *testing.T) {
	s := newShop(t)
	b := s.edge("5.5", nil)
	first := issue(t, b, goodClaims)
	access, second, err := s.refresh(b, first)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"token_type":"refresh","exp":1767409445,"iat":1767323045,"jti":"` + store.Successor("0123") + `","user_id":1}`
	if diff := cmp.Diff(want, payloadOf(t, second)); diff != "" {
		t.Errorf("refresh token (-want +got)\n%s", diff)
	}
	s.now = s.now.Add(5 * time.Second)
	pair, err := b.Refresh(t.Context(), new(Scratch), []byte(first), s.now)
	if err != nil || !pair.Replayed || string(pair.Refresh) != second {
		t.Errorf("repeat: %+v, %v; want %s again", pair, err, second)
	}
	if got := payloadOf(t, pair.Access); got == payloadOf(t, access) || !strings.Contains(got, `"exp":1767323350,"iat":1767323050,`) {
		t.Errorf("repeat: access token %s, want a fresh one", got)
	}
	third := s.next(b, second)
	s.refuses(b, first, ErrStraggler)
	s.now = s.now.Add(5*time.Second - time.Millisecond)
	s.refuses(b, first, ErrStraggler)
	s.now = s.now.Add(time.Millisecond) // just past the grace
	s.refuses(b, first, ErrReused)
	if again := s.next(b, second); again != third {
		t.Errorf("the second token is within its own grace and gives\n%s, want\n%s", again, third)
	}
	fourth := s.next(b, third) // without reuse_detection nobody is harmed
	// A store that lost its data accepts the newest token. It takes the older ones for
	// spent.
	s.memory.Forget("", "0123")
	s.next(b, fourth)
	s.refuses(b, first, ErrReused)
}

// TestLastStep: a session has no token after its last step, whatever the store knows,
// and the refused refresh spends nothing.
func TestLastStep(t *testing.T) {
	s := newShop(t)
	w := &witness{Store: s.memory}
	b := s.edge("5.5", func(c *Config) { c.Store = w })
	s.refuses(b, issue(t, b, strings.Replace(goodClaims, "0123", "0011223344558667878899fffffffc4f", 1)), ErrBlacklisted)
	if len(w.spends) != 0 {
		t.Errorf("the store was asked to spend it: %+v", w.spends)
	}
}

// TestStrict: without a grace only the first request gets a successor.
func TestStrict(t *testing.T) {
	s := newShop(t)
	b := s.edge("5.3", func(c *Config) { c.ReuseGrace = 0 })
	first := issue(t, b, goodClaims)
	second := s.next(b, first)
	s.refuses(b, first, ErrReused)
	// Two rotations in one second differ all the same.
	if third := s.next(b, second); third == second || third == first {
		t.Errorf("the third token is\n%s after\n%s", third, second)
	}
	s.refuses(b, second, ErrReused)
}

// TestReuseKillsTheNewest: with reuse_detection the thief and the victim both
// lose this session, and no other.
func TestReuseKillsTheNewest(t *testing.T) {
	s := newShop(t)
	b := s.edge("5.5", func(c *Config) { c.ReuseDetection = true })
	other := s.next(b, issue(t, b, strings.Replace(goodClaims, "0123", "4567", 1)))
	tokens := []string{issue(t, b, goodClaims)}
	for i := range 4 {
		tokens = append(tokens, s.next(b, tokens[i]))
	}
	s.now = s.now.Add(11 * time.Second)
	s.refuses(b, tokens[1], ErrReused)
	for _, token := range tokens {
		s.refuses(b, token, ErrBlacklisted)
	}
	s.next(b, other)

	// Without reuse_detection the same leaves the newest alone.
	b = s.edge("5.5", nil)
	token := issue(t, b, strings.Replace(goodClaims, "0123", "89ab", 1))
	newest := s.next(b, s.next(b, token))
	s.now = s.now.Add(11 * time.Second)
	s.refuses(b, token, ErrReused)
	s.next(b, newest)
}

// TestAlternatingThief: two who take turns with one session are found out after
// one turn each, whoever comes first.
func TestAlternatingThief(t *testing.T) {
	s := newShop(t)
	b := s.edge("5.4", func(c *Config) { c.ReuseDetection = true })
	stolen := issue(t, b, goodClaims)
	thiefs := s.next(b, stolen)
	for range 3 {
		s.now = s.now.Add(5 * time.Minute)
		thiefs = s.next(b, thiefs)
	}
	s.refuses(b, stolen, ErrReused) // the victim comes back
	s.refuses(b, thiefs, ErrBlacklisted)
}

// TestOldLogin: a login of 30 days whose rotated tokens live one day is reused
// after three days, when the tokens of the first two have expired.
func TestOldLogin(t *testing.T) {
	s := newShop(t)
	b := s.edge("5.5", func(c *Config) { c.ReuseDetection = true })
	first := issue(t, b, `{"token_type":"refresh","exp":1769915045,"iat":1767323045,"jti":"00ff","user_id":1}`)
	newest := first
	for began := s.now; s.now.Sub(began) < 3*day; s.now = s.now.Add(20 * time.Minute) {
		newest = s.next(b, newest)
	}
	s.refuses(b, first, ErrReused)
	s.refuses(b, newest, ErrBlacklisted)
}

// TestBlacklist: logging out ends the session from whatever token is shown, and
// the answer is Django's.
func TestBlacklist(t *testing.T) {
	s := newShop(t)
	b := s.edge("5.5", nil)
	blacklist := func(token string) error {
		return b.Blacklist(t.Context(), new(Scratch), []byte(token), s.now)
	}
	first := issue(t, b, goodClaims)
	if err := blacklist(first); err != nil {
		t.Errorf("a live token: %v", err)
	}
	if err := blacklist(first); !errors.Is(err, ErrBlacklisted) {
		t.Errorf("the same again: %v", err)
	}
	s.refuses(b, first, ErrBlacklisted)

	// A spent token: Django's 401, and the newest is dead. Nothing is replayed.
	first = issue(t, b, strings.Replace(goodClaims, "0123", "4567", 1))
	second := s.next(b, first)
	third := s.next(b, second)
	if err := blacklist(first); !errors.Is(err, ErrBlacklisted) {
		t.Errorf("a spent token: %v", err)
	}
	for _, token := range []string{first, second, third} {
		s.refuses(b, token, ErrBlacklisted)
	}

	// The newest: its predecessor, though within the grace, no longer gives it.
	first = issue(t, b, strings.Replace(goodClaims, "0123", "89ab", 1))
	second = s.next(b, first)
	if err := blacklist(second); err != nil {
		t.Errorf("the newest token: %v", err)
	}
	s.refuses(b, first, ErrBlacklisted)

	access, _, err := s.refresh(b, issue(t, b, strings.Replace(goodClaims, "0123", "cdef", 1)))
	if err != nil {
		t.Fatal(err)
	}
	if err := blacklist(access); !errors.Is(err, ErrWrongType) {
		t.Errorf("an access token: %v", err)
	}
}

// TestVerifyLooks: BLACKLIST_AFTER_ROTATION alone decides whether verifying asks the
// store, not rotation (TokenVerifySerializer). It then asks about tokens of any type.
func TestVerifyLooks(t *testing.T) {
	s := newShop(t)
	spends := s.edge("5.5", nil)
	token := issue(t, spends, goodClaims)
	access, newest, err := s.refresh(spends, token)
	if err != nil {
		t.Fatal(err)
	}
	w := &witness{Store: s.memory}
	for _, tt := range []struct {
		name, token string
		looks       bool
		want        error
	}{
		{"spent", token, true, ErrBlacklisted},
		{"newest", newest, true, nil},
		{"access", access, true, nil},
		{"spent", token, false, nil},
		{"newest", newest, false, nil},
	} {
		for _, rotates := range []bool{true, false} {
			b := s.edge("5.5", func(c *Config) {
				c.Store, c.BlacklistAfterRotation, c.RotateRefreshTokens, c.EndSessionsOnPasswordChange = w, tt.looks, rotates, true
			})
			w.checks = nil
			if err := b.Verify(t.Context(), new(Scratch), []byte(tt.token), s.now); !errors.Is(err, tt.want) {
				t.Errorf("%s, looking %v, rotating %v: %v, want %v", tt.name, tt.looks, rotates, err, tt.want)
			}
			if (len(w.checks) == 1) != tt.looks || tt.looks && w.checks[0].Users != (store.UserChecks{}) {
				t.Errorf("%s, looking %v, rotating %v: asked %+v", tt.name, tt.looks, rotates, w.checks)
			}
		}
	}
}

// TestOnlyChecking: a store that does not spend is asked on each refresh, and
// nothing is written. The new jti is drawn, as in Django.
func TestOnlyChecking(t *testing.T) {
	s := newShop(t)
	checks := s.edge("5.5", func(c *Config) { c.BlacklistAfterRotation = false })
	token := issue(t, checks, goodClaims)
	for _, jti := range []string{jti2, `"00000000000000000000000000000004"`} {
		if got := payloadOf(t, s.next(checks, token)); !strings.Contains(got, `"jti":`+jti) {
			t.Errorf("rotated %s, want the drawn jti %s", got, jti)
		}
	}
	if n := s.memory.Status(t.Context()).Entries; n != 0 || s.memory.Asked() != 2 {
		t.Errorf("%d records, asked %d times; want none, twice", n, s.memory.Asked())
	}
	s.next(s.edge("5.5", nil), token)
	s.refuses(checks, token, ErrBlacklisted)

	revoked := issue(t, checks, strings.Replace(goodClaims, "0123", "4567", 1))
	if err := checks.Blacklist(t.Context(), new(Scratch), []byte(revoked), s.now); err != nil {
		t.Fatal(err)
	}
	s.refuses(checks, revoked, ErrBlacklisted)
	// Without rotation nothing is spent, whatever BLACKLIST_AFTER_ROTATION says.
	for _, blacklists := range []bool{false, true} {
		stays := s.edge("5.5", func(c *Config) { c.BlacklistAfterRotation, c.RotateRefreshTokens = blacklists, false })
		token := issue(t, checks, strings.Replace(goodClaims, "0123", "89ab", 1))
		for range 2 {
			if access, refresh, err := s.refresh(stays, token); err != nil || access == "" || refresh != "" {
				t.Errorf("without rotation, blacklisting %v: %q, %q, %v", blacklists, access, refresh, err)
			}
		}
		s.refuses(stays, revoked, ErrBlacklisted)
	}
}

// TestBlacklistedComesFirst: SimpleJWT looks into its blacklist before it looks
// at exp, id and type (BlacklistMixin.verify), but after PyJWT looked at exp.
func TestBlacklistedComesFirst(t *testing.T) {
	for name, tt := range map[string]struct {
		payload string
		want    error
	}{
		"access":      {`{"token_type":"access","exp":1767326645,"jti":"0123"}`, ErrWrongType},
		"no type":     {`{"exp":1767326645,"jti":"0123"}`, ErrNoType},
		"type null":   {`{"token_type":null,"exp":1767326645,"jti":"0123"}`, ErrWrongType},
		"no exp":      {`{"token_type":"refresh","jti":"0123"}`, ErrNoExp},
		"exp passed":  {`{"token_type":"refresh","exp":1767323045,"jti":"0123"}`, ErrExpPassed},
		"expired":     {`{"token_type":"refresh","exp":1767323044,"jti":"0123"}`, ErrExpired},
		"crash, soon": {`{"token_type":"refresh","exp":1e15,"jti":"0123"}`, ErrInvalid},
	} {
		s := newShop(t)
		b := s.edge("5.2", func(c *Config) { c.Leeway = 500 * time.Millisecond })
		token := []byte(issue(t, b, tt.payload))
		refresh := func() error { _, err := b.Refresh(t.Context(), new(Scratch), token, s.now); return err }
		blacklist := func() error { return b.Blacklist(t.Context(), new(Scratch), token, s.now) }
		for job, do := range map[string]func() error{"refresh": refresh, "blacklist": blacklist} {
			if err := do(); !errors.Is(err, tt.want) {
				t.Errorf("%s, %s, nothing known: %v, want %v", name, job, err, tt.want)
			}
		}
		s.next(b, issue(t, b, goodClaims)) // spends 0123
		known := ErrBlacklisted
		if tt.want == ErrExpired || tt.want == ErrInvalid {
			known = tt.want
		}
		for job, do := range map[string]func() error{"refresh": refresh, "blacklist": blacklist} {
			if err := do(); err != known {
				t.Errorf("%s, %s, spent: %v, want %v", name, job, err, known)
			}
		}
	}
}

// TestNeverAsked: the store is not asked about a token that is bad by itself, since
// anyone can make such tokens.
func TestNeverAsked(t *testing.T) {
	s := newShop(t)
	change := func(c *Config) { c.Issuer, c.Audience = "us", []string{"api"} }
	b := s.edge("5.3", change)
	good := `,"iss":"us","aud":"api","token_type":"refresh"}`
	for name, tt := range map[string]struct {
		token string
		want  error
	}{
		"expired":       {issue(t, b, `{"exp":1767323045,"jti":"0123"`+good), ErrExpired},
		"future":        {issue(t, b, `{"exp":1767326645,"nbf":1767323046,"jti":"0123"`+good), ErrInvalid},
		"other issuer":  {issue(t, b, `{"exp":1767326645,"jti":"0123","iss":"them","aud":"api"}`), ErrInvalid},
		"no audience":   {issue(t, b, `{"exp":1767326645,"jti":"0123","iss":"us"}`), ErrInvalid},
		"bad signature": {issue(t, b, `{"exp":1767326645,"jti":"0123"`+good) + "A", ErrInvalid},
		"not signed":    {issue(t, b, `{"exp":1767326645,"jti":"0123"`+good)[:80], ErrInvalid},
		"empty":         {"", ErrInvalid},
		"no JSON":       {issue(t, b, `{`), ErrInvalid},
	} {
		s.refuses(b, tt.token, tt.want)
		if err := b.Verify(t.Context(), new(Scratch), []byte(tt.token), s.now); !errors.Is(err, tt.want) {
			t.Errorf("%s: verify: %v, want %v", name, err, tt.want)
		}
		if err := b.Blacklist(t.Context(), new(Scratch), []byte(tt.token), s.now); !errors.Is(err, tt.want) {
			t.Errorf("%s: blacklist: %v, want %v", name, err, tt.want)
		}
		if n := s.memory.Asked(); n != 0 {
			t.Fatalf("%s: the store was asked %d times", name, n)
		}
	}
	s.next(b, issue(t, b, `{"exp":1767326645,"jti":"0123"`+good))
	if s.memory.Asked() != 1 {
		t.Errorf("a good token: asked %d times, want once", s.memory.Asked())
	}
}

// TestStorableJTI: with a store the jti must be a string that every store can tell from
// others. Without a store SimpleJWT's rules apply.
func TestStorableJTI(t *testing.T) {
	long := strings.Repeat("x", 255)
	for name, tt := range map[string]struct {
		jti  string // the member with its comma, or nothing
		ok   bool
		bare error // without a store, in 5.3
	}{
		"missing":          {``, false, ErrNoID},
		"null":             {`,"jti":null`, false, nil},
		"integer":          {`,"jti":7`, false, nil},
		"object":           {`,"jti":{"a":"b"}`, false, nil},
		"empty":            {`,"jti":""`, false, nil},
		"256 bytes":        {`,"jti":"` + long + `x"`, false, nil},
		"256 bytes, runes": {`,"jti":"` + strings.Repeat("é", 128) + `"`, false, nil},
		"NUL":              {`,"jti":"a\u0000"`, false, nil},
		"lone surrogate":   {`,"jti":"a\ud800"`, false, nil},
		"low surrogate":    {`,"jti":"\udc00a"`, false, nil},
		"255 bytes":        {`,"jti":"` + long + `"`, true, nil},
		"255 bytes, \\u":   {`,"jti":"` + strings.Repeat(`\u0078`, 255) + `"`, true, nil},
		"pair":             {`,"jti":"\ud83d\ude00"`, true, nil},
		"odd":              {`,"jti":"{}\r\n \u2028\""`, true, nil},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t)
			payload := `{"token_type":"refresh","exp":1767326645` + tt.jti + `}`
			for mode, change := range map[string]func(*Config){
				"spends": nil,
				"checks": func(c *Config) { c.BlacklistAfterRotation, c.StoreName = false, "checks" },
			} {
				b := s.edge("5.3", change)
				token := issue(t, b, payload)
				before := s.memory.Asked()
				if _, _, err := s.refresh(b, token); (err == nil) != tt.ok || !tt.ok && !errors.Is(err, ErrInvalid) {
					t.Errorf("%s: refresh: %v", mode, err)
				}
				// Spent by now, or live.
				err := b.Blacklist(t.Context(), new(Scratch), []byte(token), s.now)
				if want := map[string]error{"spends": ErrBlacklisted}[mode]; tt.ok && !errors.Is(err, want) || !tt.ok && !errors.Is(err, ErrInvalid) {
					t.Errorf("%s: blacklist: %v", mode, err)
				}
				if asked := s.memory.Asked() - before; asked != map[bool]int{true: 2}[tt.ok] {
					t.Errorf("%s: asked %d times", mode, asked)
				}
			}
			b := s.edge("5.3", nil)
			want := map[bool]error{true: ErrBlacklisted, false: ErrInvalid}[tt.ok]
			if tt.jti == "" {
				want = ErrNoID
			}
			if err := b.Verify(t.Context(), new(Scratch), []byte(issue(t, b, payload)), s.now); !errors.Is(err, want) {
				t.Errorf("verify: %v, want %v", err, want)
			}
			bare := s.edge("5.3", func(c *Config) { c.Store = nil })
			if _, _, err := s.refresh(bare, issue(t, bare, payload)); !errors.Is(err, tt.bare) {
				t.Errorf("without a store: %v, want %v", err, tt.bare)
			}
		})
	}
}

// TestWhatTheStoreIsGiven: a store gets all that it needs, and the token itself only if
// it keeps tokens.
func TestWhatTheStoreIsGiven(t *testing.T) {
	s := newShop(t)
	w := &witness{Store: s.memory}
	change := func(c *Config) {
		c.Store, c.StoreName, c.Leeway, c.Audience, c.ReuseDetection = w, "site", time.Minute, []string{"a", "b"}, true
	}
	b := s.edge("5.4", change)
	token := issue(t, b, `{"aud":"b","exp":1767326645.9,"iat":1767319445.5,"jti":"0123","user_id":"7","token_type":"refresh"}`)
	s.next(b, token)
	want := store.Spend{
		Name: "site", Grace: 10 * time.Second, Leeway: time.Minute,
		Token:     store.Token{JTI: "0123", IssuedAt: 1767319445, ExpiresAt: 1767326645, User: store.User{ID: "7", Kind: store.TextUser}},
		Users:     store.UserChecks{Exists: true},
		Successor: store.Issued{JTI: store.Successor("0123"), IssuedAt: 1767323045, ExpiresAt: 1767409445},

		EndOnReuse: true,
	}
	reencode := cmpopts.IgnoreFields(store.Token{}, "Reencode")
	if diff := cmp.Diff(want, w.spends[0], reencode); diff != "" || w.spends[0].Token.Reencode != nil {
		t.Errorf("Spend (-want +got)\n%s", diff)
	}
	s.memory.Is.KeepsTokens = true
	keeps := s.edge("5.4", func(c *Config) { change(c); c.StoreName = "keeps" })
	second := s.next(keeps, token)
	got := w.spends[1]
	if got.Token.Text != token || got.Successor.Text != second {
		t.Errorf("the texts given are %q and %q", got.Token.Text, got.Successor.Text)
	}
	again, err := got.Token.Reencode()
	if want := `{"aud":["a","b"],"exp":1767326645.9,"iat":1767319445.5,"jti":"0123","user_id":"7","token_type":"refresh"}`; err != nil || payloadOf(t, again) != want {
		t.Errorf("reencoded %s, %v; want %s", payloadOf(t, again), err, want)
	}
	// A store that keeps tokens gives back the very one, whatever has changed.
	other := s.edge("5.4", func(c *Config) { change(c); c.StoreName, c.Audience = "keeps", []string{"b", "c"} })
	if replayed := s.next(other, token); replayed != second {
		t.Errorf("replayed\n%s, want\n%s", replayed, second)
	}
	s.now = s.now.Add(time.Minute)
	s.refuses(b, token, ErrReused)
	if err := b.Blacklist(t.Context(), new(Scratch), []byte(token), s.now); !errors.Is(err, ErrBlacklisted) {
		t.Errorf("logging out with a spent token: %v", err)
	}
	logout := store.Revocation{Name: "site", Leeway: time.Minute, Reason: store.Logout, Token: want.Token}
	if diff := cmp.Diff([]store.Revocation{logout}, w.revokes, reencode); diff != "" {
		t.Errorf("Revoke (-want +got)\n%s", diff)
	}
}
