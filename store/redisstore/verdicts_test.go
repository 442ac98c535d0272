// SPDX-License-Identifier: Apache-2.0

package redisstore

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"

	"github.com/caddyrefresh/caddyrefresh/store"
)

// cluster is a store on a cluster of one node, where the user's cut-off is read
// beside the script.
func cluster(t *testing.T) (*embedded, *Store) {
	e := startEmbedded(t)
	return e, open(t, &Store{Addresses: []string{e.Addr()}, Cluster: true, Timeout: patient})
}

func (e *embedded) spend(t *testing.T, s *Store, token store.Token, reuseEnds bool, want store.Verdict) {
	t.Helper()
	r := spending(token, 0)
	r.EndOnReuse = reuseEnds
	if a, err := s.Spend(t.Context(), r); err != nil || a.Verdict != want {
		t.Fatalf("Spend = %v, %v; want %v", a.Verdict, err, want)
	}
}

// TestCutOffApart: a token whose user has a cut-off is refused, and whatever the
// script wrote before the cut-off was seen is taken back: the record of a session
// is the same afterwards, or absent if it was.
func TestCutOffApart(t *testing.T) {
	for name, tc := range map[string]struct {
		rotations int
		reuse     bool // the token presented was spent
	}{
		"login's token":  {0, false},
		"rotated before": {3, false},
		"spent token":    {3, true},
	} {
		t.Run(name, func(t *testing.T) {
			e, s := cluster(t)
			first := login()
			token := first
			for range tc.rotations {
				e.spend(t, s, token, true, store.Rotated)
				token.JTI = store.Successor(token.JTI)
			}
			key := s.sessionKey("shop", store.Locate(first.JTI))
			before, life := "", time.Duration(0)
			if tc.rotations > 0 {
				before, _ = e.Get(key)
				life = e.TTL(key)
			}
			if _, err := s.CutOff(t.Context(), &store.CutOff{Name: "shop", User: token.User, Second: token.IssuedAt}); err != nil {
				t.Fatal(err)
			}
			if tc.reuse {
				token = first
			}
			e.spend(t, s, token, true, store.Refused)
			after, err := e.Get(key)
			if (err == nil) != (tc.rotations > 0) || after != before {
				t.Errorf("the record is %x afterwards (%v), %x before", after, err, before)
			}
			if e.TTL(key) != life {
				t.Errorf("the record lives for %v afterwards, %v before", e.TTL(key), life)
			}
		})
	}
}

// TestUndoKeepsLaterRecords: what another edge wrote in between is left alone.
func TestUndoKeepsLaterRecords(t *testing.T) {
	e := startEmbedded(t)
	s := open(t, &Store{Addresses: []string{e.Addr()}, Timeout: patient})
	token := login()
	mustSpend(t, s, token, store.Rotated)
	key := s.sessionKey("shop", store.Locate(token.JTI))
	later, err := e.Get(key)
	if err != nil {
		t.Fatal(err)
	}
	for _, before := range []string{"", later} {
		p := s.patience(t.Context())
		defer p.timer.Stop()
		if _, err := s.do(p, &call{script: undoScript, keys: []string{key}, args: []string{before, "what this edge wrote"}}); err != nil {
			t.Fatal(err)
		}
		if now, err := e.Get(key); err != nil || now != later {
			t.Errorf("the record is %x, %v; want %x", now, err, later)
		}
	}
}

// TestReuseApart: on a cluster reuse ends the session all the same, by a second
// call.
func TestReuseApart(t *testing.T) {
	e, s := cluster(t)
	token := login()
	next := token
	next.JTI = store.Successor(token.JTI)
	e.spend(t, s, token, false, store.Rotated)
	e.spend(t, s, token, false, store.Reused)
	e.spend(t, s, next, false, store.Rotated) // not ended, since nobody asked for it
	next.JTI = store.Successor(next.JTI)
	e.spend(t, s, token, true, store.Reused)
	e.spend(t, s, next, false, store.Refused)
}

// TestForeignRecords: what is no record of this store's is an error, never a
// verdict, and stays as it was.
func TestForeignRecords(t *testing.T) {
	e := startEmbedded(t)
	s := open(t, &Store{Addresses: []string{e.Addr()}, Timeout: patient})
	zeros := func(n int) string { return strings.Repeat("\x00", n) }
	token := login()
	session, user := s.sessionKey("shop", store.Locate(token.JTI)), s.userKey("shop", token.User.ID)
	for name, tc := range map[string]struct{ key, text string }{
		"short":           {session, "\x01" + zeros(29)},
		"long":            {session, "\x01" + zeros(87)},
		"part of a time":  {session, "\x01" + zeros(31)},
		"another layout":  {session, "\x02" + zeros(30)},
		"cut-off of text": {user, "yesterday"},
	} {
		t.Run(name, func(t *testing.T) {
			if err := e.Set(tc.key, tc.text); err != nil {
				t.Fatal(err)
			}
			defer e.Del(tc.key)
			errs := map[string]error{}
			_, errs["Check"] = s.Check(t.Context(), &store.Check{Name: "shop", Token: token})
			_, errs["Spend"] = s.Spend(t.Context(), spending(token, 0))
			_, errs["Revoke"] = s.Revoke(t.Context(), &store.Revocation{Name: "shop", Token: token})
			if tc.key == user {
				_, errs["CutOff"] = s.CutOff(t.Context(), &store.CutOff{Name: "shop", User: token.User, Second: 1})
			}
			for what, err := range errs {
				if !errors.Is(err, store.ErrUnavailable) || !strings.Contains(err.Error(), "not one of this store's") {
					t.Errorf("%s: %v, want the error of a foreign record", what, err)
				}
			}
			if text, _ := e.Get(tc.key); text != tc.text {
				t.Errorf("%x is there afterwards, %x before", text, tc.text)
			}
		})
	}
	mustSpend(t, s, token, store.Rotated)
}

// TestLayoutKey: another layout below the prefix is ErrLayout until it is gone,
// and data that are gone are told in the status, while tokens are spent again.
func TestLayoutKey(t *testing.T) {
	e := startEmbedded(t)
	s := unwatched(t, &Store{Addresses: []string{e.Addr()}, Timeout: patient})
	key := s.layoutKey("0")
	if err := e.Set(key, "2 abc"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Spend(t.Context(), spending(login(), 0)); !errors.Is(err, store.ErrLayout) {
		t.Errorf("Spend: %v, want ErrLayout", err)
	}
	if text, _ := e.Get(key); text != "2 abc" || len(e.Keys()) != 1 {
		t.Errorf("the keys are %q afterwards, the layout %q", e.Keys(), text)
	}
	e.Del(key)
	mustSpend(t, s, login(), store.Rotated)
	if text, _ := e.Get(key); !strings.HasPrefix(text, layout+" ") {
		t.Errorf("the layout is %q, want %s", text, layout)
	}
	if life := e.TTL(key); life != layoutLife {
		t.Errorf("the layout is kept for %v, want %v", life, layoutLife)
	}
	if status := s.Status(t.Context()); !status.Up || status.LastError == "" || !strings.Contains(status.LastError, "layout") {
		t.Errorf("Status = %+v, want it up, with the layout as the latest error", status)
	}
	e.FlushAll()
	if status := s.Status(t.Context()); !status.Up || status.LastError != lostData {
		t.Errorf("Status = %+v, want it up, with the data lost", status)
	}
	mustSpend(t, s, login(), store.Rotated)
}

// TestRecordLife: a record is kept for what Keep says, and an hour at least, and
// a cut-off does not shorten the life of another.
func TestRecordLife(t *testing.T) {
	e := startEmbedded(t)
	s := open(t, &Store{Addresses: []string{e.Addr()}, Timeout: patient})
	now := e.clock.Now().Unix()
	token := login()
	r := spending(token, 0)
	r.Successor.ExpiresAt, r.Leeway = now+200_000, 30*time.Second
	if a, err := s.Spend(t.Context(), r); err != nil || a.Verdict != store.Rotated {
		t.Fatalf("Spend = %v, %v", a.Verdict, err)
	}
	wantLife := func(what, key string, end int64) { // it may be a second longer
		t.Helper()
		got, want := e.TTL(key), time.Unix(end, 0).Sub(e.clock.Now())
		if got < want || got > want+time.Second {
			t.Errorf("%s is kept for %v, want %v", what, got, want)
		}
	}
	wantLife("a spent session", s.sessionKey("shop", store.Locate(token.JTI)), now+200_000+30+3600+1)
	old := login()
	old.ExpiresAt = now - 86_400
	if _, err := s.Revoke(t.Context(), &store.Revocation{Name: "shop", Token: old}); err != nil {
		t.Fatal(err)
	}
	wantLife("a session by a clock behind", s.sessionKey("shop", store.Locate(old.JTI)), now+3600)
	year := int64(store.AdminLife / time.Second)
	undated := login()
	undated.ExpiresAt = 0
	if _, err := s.Revoke(t.Context(), &store.Revocation{Name: "shop", Token: undated}); err != nil {
		t.Fatal(err)
	}
	wantLife("a session whose end is not known", s.sessionKey("shop", store.Locate(undated.JTI)), now+year+1)
	for _, lifetime := range []time.Duration{400 * 24 * time.Hour, 0} {
		if _, err := s.CutOff(t.Context(), &store.CutOff{Name: "shop", User: token.User, Second: now, Lifetime: lifetime}); err != nil {
			t.Fatal(err)
		}
		wantLife("a cut-off", s.userKey("shop", token.User.ID), now+2*400*86_400+1)
	}
	other := token.User
	other.ID = "8"
	if _, err := s.CutOff(t.Context(), &store.CutOff{Name: "shop", User: other, Second: now}); err != nil {
		t.Fatal(err)
	}
	wantLife("another cut-off", s.userKey("shop", "8"), now+year+1)
}

// TestInvalidJTI: what is no jti is no question.
func TestInvalidJTI(t *testing.T) {
	s := open(t, &Store{Addresses: []string{startEmbedded(t).Addr()}, Timeout: patient})
	for _, jti := range []string{"", "a\x00", strings.Repeat("a", store.MaxJTI+1)} {
		if _, err := s.Check(t.Context(), &store.Check{Token: store.Token{JTI: jti}}); !errors.Is(err, store.ErrInvalidJTI) {
			t.Errorf("Check of the jti %.10q: %v, want ErrInvalidJTI", jti, err)
		}
	}
}

// TestServerRestarts: a server that does not know the scripts is sent them.
func TestServerRestarts(t *testing.T) {
	e := startEmbedded(t)
	s := open(t, &Store{Addresses: []string{e.Addr()}, Timeout: caddy.Duration(time.Second)})
	token := login()
	mustSpend(t, s, token, store.Rotated)
	e.mu.Lock()
	e.named = map[string]string{}
	e.mu.Unlock()
	mustSpend(t, s, token, store.Replayed)
}
