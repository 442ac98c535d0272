// SPDX-License-Identifier: Apache-2.0

package storetest

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/caddyrefresh/caddyrefresh/store"
)

// texts are jtis, user ids and site names that a careless store mixes up with
// one another or with its own syntax.
var texts = []string{
	"0123456789abcdef0123456789abcdef", "0123456789ABCDEF0123456789ABCDEF", "0123456789abcdef0123456789abcde",
	"\x01\x23\x45\x67\x09\x4b\x4d\x6f\x01\x23\x45\x67\x09\x4b\x4d\x6f",
	"0123456709" + "4b4d6f" + "01234567094b4d6f", // the line above in hex
	"a", "A", "aa", "a ", " a", "a\r\nDEL *\r\n", "a\nb", "\t", "\x01", "\x7f",
	"{a}", "{a", "a}", "{", "}", "{}", "{}a", "{a}{b}", "a:b", "a:", ":a", "a/b", "../a", "*", "?", "[a-z]",
	"%", "_", "'", "''", `"`, "`", `\`, "a' OR '1'='1", "a;--", "$1", "?1", "\u00e9", "e\u0301", "ß", "\u2028", "😀",
	strings.Repeat("x", 254), strings.Repeat("x", 255), strings.Repeat("{", 255), strings.Repeat("0", 255),
}

// raw are bytes that are no text: neither a database with a character set nor JSON
// has a place for them.
var raw = []string{"\xff", "\xff\xfe", "\xc3\x28", strings.Repeat("\x80", 255)}

func hostile(s store.Store) []string {
	if s.Traits().SharesBackend {
		return texts
	}
	return append(slices.Clip(texts), raw...)
}

// testText: no jti and no user id is taken for another, whatever it holds.
func testText(t *testing.T, fresh func(*testing.T) *bench) {
	t.Run("jti", func(t *testing.T) {
		b := fresh(t)
		now := b.now(t)
		all := map[string]store.Token{}
		for _, jti := range hostile(b.edges[0]) {
			all[jti] = b.issue(t, store.Token{JTI: jti, IssuedAt: now.Unix() - 60, ExpiresAt: now.Unix() + 3600})
		}
		for jti, token := range all {
			if v := b.check(t, 0, token).Verdict; v != store.Live {
				t.Errorf("jti %.40q: Check = %v before any use, want live", jti, v)
			}
			a := b.spend(t, 1, token, time.Hour)
			if a.Verdict != store.Rotated || a.Successor.JTI != store.Successor(jti) {
				t.Errorf("jti %.40q: Spend = %v, successor %q; want rotated", jti, a.Verdict, a.Successor.JTI)
			}
		}
		for jti, token := range all {
			if v := b.spend(t, 2, token, time.Hour).Verdict; v != store.Replayed {
				t.Errorf("jti %.40q: Spend again = %v, want replayed", jti, v)
			}
			if a := b.revoke(t, 0, token, store.Logout); a.Before != store.Spent || !a.Known {
				t.Errorf("jti %.40q: Revoke = %+v, want spent before, and known", jti, a)
			}
		}
	})
	t.Run("user", func(t *testing.T) {
		b := fresh(t)
		now := b.now(t).Unix()
		ids := append(hostile(b.edges[0]), "", "0", "-1", "1", "01", "1.0", "true", "null", strings.Repeat("u", 60_000))
		tokens := map[string]store.Token{}
		for _, id := range ids {
			tokens[id] = b.issue(t, store.Token{JTI: drawJTI(), IssuedAt: now - 60, ExpiresAt: now + 3600, User: store.User{ID: id, Kind: store.TextUser}})
		}
		for i, id := range ids {
			b.cutOff(t, i, store.User{ID: id, Kind: store.TextUser})
			if v := b.check(t, i+1, tokens[id]).Verdict; v != store.Refused {
				t.Errorf("user %.40q: Check = %v after the cut-off, want refused", id, v)
			}
			if i+1 < len(ids) {
				if v := b.check(t, i+1, tokens[ids[i+1]]).Verdict; v != store.Live {
					t.Errorf("user %.40q: Check = %v after the cut-off of %.40q, want live", ids[i+1], v, id)
				}
			}
		}
	})
	t.Run("request is not kept", func(t *testing.T) {
		b := fresh(t)
		token := b.login(t)
		s := b.spending(token, time.Hour, b.now(t))
		offered := s.Successor
		if a, err := b.edges[0].Spend(deadline(t), s); err != nil || a.Verdict != store.Rotated {
			t.Fatalf("Spend = %v, %v; want rotated", a.Verdict, err)
		}
		*s = store.Spend{}
		wantIssued(t, b.spend(t, 0, token, time.Hour).Successor, offered)
	})
}

// testIsolation: one resource, two sites. Nothing done to one is seen by the other,
// even if name and jti put together are the same text for both.
func testIsolation(t *testing.T, fresh func(*testing.T) *bench) {
	t.Run("names", func(t *testing.T) {
		b := fresh(t)
		if b.edges[0].Traits().SharesBackend {
			return // Django's tables know no sites: the database is the namespace
		}
		now := b.now(t).Unix()
		pairs := [][2]string{{"", "abcd"}, {"a", "bcd"}, {"ab", "cd"}, {"abc", "d"}, {"a:", "bcd"}, {"a", ":bcd"}, {"{a}", "bcd"}, {"A", "bcd"}}
		user := store.User{ID: "1", Kind: store.IntegerUser}
		token := func(jti string) store.Token {
			return written(store.Token{JTI: jti, IssuedAt: now - 60, ExpiresAt: now + 3600, User: user})
		}
		for i, p := range pairs {
			b.site = p[0]
			if v := b.spend(t, i, token(p[1]), time.Hour).Verdict; v != store.Rotated {
				t.Errorf("site %q, jti %q: Spend = %v, want rotated", p[0], p[1], v)
			}
		}
		for i, p := range pairs {
			b.site = p[0]
			b.revoke(t, i, token(p[1]), store.Logout)
			for _, q := range pairs[i+1:] {
				b.site = q[0]
				if v := b.spend(t, i, token(q[1]), time.Hour).Verdict; v != store.Replayed {
					t.Errorf("site %q, jti %q: Spend = %v after site %q revoked %q, want replayed", q[0], q[1], v, p[0], p[1])
				}
			}
		}
		b.site = "a"
		b.cutOff(t, 0, user)
		for _, site := range []string{"", "ab", "A", "a:"} {
			b.site = site
			b.wantCheck(t, token("fresh"), store.Live)
		}
		b.site = "a"
		b.wantCheck(t, token("fresh"), store.Refused)
	})
}

// testContext: a context that is over is an error, never a verdict, and a
// request that may have been carried out can be repeated.
func testContext(t *testing.T, fresh func(*testing.T) *bench) {
	b := fresh(t)
	token := b.login(t)
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	late, cancel := context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
	defer cancel()
	for name, ctx := range map[string]context.Context{"canceled": canceled, "late": late} {
		if a, err := b.edges[0].Spend(ctx, b.spending(token, time.Hour, time.Now())); err == nil || a.Verdict != store.Undecided {
			t.Errorf("%s: Spend = %v, %v; want an error", name, a.Verdict, err)
		}
		if a, err := b.edges[0].Check(ctx, &store.Check{Name: b.site, Token: token}); err == nil || a.Verdict != store.Undecided {
			t.Errorf("%s: Check = %v, %v; want an error", name, a.Verdict, err)
		}
		if a, err := b.edges[0].Revoke(ctx, &store.Revocation{Name: b.site, Token: b.login(t)}); err == nil || a.Before != store.Undecided {
			t.Errorf("%s: Revoke = %+v, %v; want an error", name, a, err)
		}
		if _, err := b.edges[0].CutOff(ctx, &store.CutOff{Name: b.site, User: store.User{ID: "nobody", Kind: store.TextUser}}); err == nil {
			t.Errorf("%s: CutOff reports no error", name)
		}
	}
	if v := b.spend(t, 1, token, time.Hour).Verdict; v != store.Rotated && v != store.Replayed {
		t.Errorf("Spend afterwards = %v, want rotated or replayed", v)
	}
	// Deadlines that fall into the middle of the work: whatever the answer
	// was, the retry passes, and there is one successor.
	for i := range 100 {
		token := b.login(t)
		ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i*20)*time.Microsecond)
		first, err := b.edges[i%clients].Spend(ctx, b.spending(token, time.Hour, b.now(t)))
		cancel()
		if (err == nil) != (first.Verdict == store.Rotated) {
			t.Errorf("Spend = %v, %v; want rotated or an error", first.Verdict, err)
		}
		again := b.spend(t, i+1, token, time.Hour)
		if !again.Verdict.Passes() || err == nil && again.Verdict != store.Replayed {
			t.Errorf("Spend again = %v after %v, %v", again.Verdict, first.Verdict, err)
		}
		if err == nil {
			wantIssued(t, again.Successor, first.Successor)
		}
	}
}
