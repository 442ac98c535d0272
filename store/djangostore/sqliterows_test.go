// SPDX-License-Identifier: Apache-2.0

package djangostore

import (
	gocmp "cmp"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/caddyrefresh/caddyrefresh/store"
	"github.com/caddyrefresh/caddyrefresh/store/storetest"
)

// outstanding is a token as it stands in the tables.
type outstanding struct {
	Text    string
	User    any
	Created any
	Expires string
	Spent   any
}

func (d *lite) row(t *testing.T, jti string) (r outstanding) {
	t.Helper()
	err := d.QueryRow(`SELECT o.token, o.user_id, CAST(o.created_at AS TEXT), CAST(o.expires_at AS TEXT), CAST(b.blacklisted_at AS TEXT)
		FROM token_blacklist_outstandingtoken o LEFT JOIN token_blacklist_blacklistedtoken b ON b.token_id = o.id WHERE o.jti = ?`, jti).
		Scan(&r.Text, &r.User, &r.Created, &r.Expires, &r.Spent)
	if err != nil {
		t.Fatalf("the row of %s: %v", jti, err)
	}
	return r
}

// TestRowsOfReleases: what a rotation, and an end, writes of a token that Django
// has no row of, as each release writes it.
func TestRowsOfReleases(t *testing.T) {
	for release, owned := range map[string]bool{"5.2": false, "5.3": false, "5.4": true, "5.5": true} {
		t.Run(release, func(t *testing.T) {
			d := newLite(t, "integer")
			s := d.open(t, nil)
			if err := s.SetBackend(backend(release)); err != nil {
				t.Fatal(err)
			}
			d.user(t, 7, true, "x")
			spent, ended := d.token(store.User{ID: "7", Kind: store.TextUser}), d.token(store.User{ID: "7", Kind: store.TextUser})
			next := rotate(t, s, spent)
			if _, err := s.Revoke(t.Context(), &store.Revocation{Token: ended}); err != nil {
				t.Fatal(err)
			}
			now := utcZone.local(d.Now())
			for _, token := range []store.Token{spent, ended} {
				want := outstanding{Text: token.Text, Expires: stamp(token.ExpiresAt), Spent: now}
				if owned {
					want.User, want.Created = int64(7), now
				}
				if diff := cmp.Diff(want, d.row(t, token.JTI)); diff != "" {
					t.Errorf("the row of %s (-want +got):\n%s", token.Text, diff)
				}
			}
			want := outstanding{Text: next.Text, User: int64(7), Created: stamp(next.IssuedAt), Expires: stamp(next.ExpiresAt)}
			if diff := cmp.Diff(want, d.row(t, next.JTI)); diff != "" {
				t.Errorf("the successor's row (-want +got):\n%s", diff)
			}
		})
	}
}

// TestEndRows: the end of a session is one pair of rows of no token, written once
// more where a token turns up that lives for longer, and the newest token and the
// one presented are blacklisted.
func TestEndRows(t *testing.T) {
	d := newLite(t, "integer")
	s := d.open(t, nil)
	d.user(t, 7, true, "x")
	first := d.token(store.User{ID: "7", Kind: store.IntegerUser})
	second := rotate(t, s, first)
	prefix := store.Locate(second.JTI).Prefix()
	marks := func(letter string, want int) {
		t.Helper()
		got := d.count(t, "SELECT count(*) FROM token_blacklist_outstandingtoken o JOIN token_blacklist_blacklistedtoken b ON b.token_id = o.id"+
			" WHERE o.user_id IS NULL AND o.token = '' AND o.created_at IS NOT NULL AND o.jti LIKE ?", prefix+letter+"%")
		if got != want {
			t.Errorf("%d pairs of rows with the letter %s, want %d", got, letter, want)
		}
	}
	revoke := func(token store.Token, before store.Verdict) {
		t.Helper()
		if a, err := s.Revoke(t.Context(), &store.Revocation{Token: token}); err != nil || !a.Known || a.Before != before {
			t.Fatalf("Revoke = %+v, %v; want %v before", a, err, before)
		}
	}
	d.Advance(time.Minute)
	late := spending(first, time.Second)
	late.LateRetry = time.Hour
	a, err := s.Spend(t.Context(), late)
	want(t, "a late retry", a, err, store.Replayed)
	if a.Successor.JTI != second.JTI || a.Successor.Text != second.Text {
		t.Errorf("the late retry hands out %+v", a.Successor)
	}
	marks(lateLetter, 1)
	a, err = s.Spend(t.Context(), late) // in its grace
	want(t, "a repeat of it", a, err, store.Replayed)
	marks(lateLetter, 1)
	revoke(first, store.Spent)
	revoke(second, store.Refused)
	marks(endLetter, 1)
	if d.row(t, second.JTI).Spent == nil {
		t.Error("the newest token is not blacklisted")
	}
	// A Spend that was under way hands out one more, which lives for longer.
	third := store.Successor(second.JTI)
	d.must(t, "INSERT INTO token_blacklist_outstandingtoken (jti, token, created_at, expires_at, user_id) VALUES (?, 'x', '2026-01-01 00:00:00', '2039-01-01 00:00:00', 7)", third)
	revoke(first, store.Refused)
	marks(endLetter, 2)
	if d.row(t, third).Spent == nil {
		t.Error("the token that turned up is not blacklisted")
	}
	revoke(first, store.Refused)
	marks(endLetter, 2)
	a, err = s.Check(t.Context(), &store.Check{Token: follow(second, store.Issued{JTI: store.Successor(third)})})
	want(t, "Check of a token that nobody knows", a, err, store.Refused)
	// The rows of no token are nobody's to log out.
	rotate(t, s, d.token(first.User))
	if c, err := s.CutOff(t.Context(), &store.CutOff{User: first.User}); err != nil || c.Tokens != 1 || c.Second != d.Now().Unix() {
		t.Errorf("CutOff = %+v, %v; want 1 token", c, err)
	}
	if c, err := s.CutOff(t.Context(), &store.CutOff{User: store.User{ID: "abc", Kind: store.TextUser}}); err != nil || c.Tokens != 0 {
		t.Errorf("CutOff of an id that is no key = %+v, %v; want no token", c, err)
	}
}

// TestEndLife: the end is remembered for as long as the token presented lives and as
// the newest one does, plus the leeway and the margin.
func TestEndLife(t *testing.T) {
	for name, lives := range map[string][2]int64{"token": {200_000, 100_000}, "newest": {100_000, 200_000}} {
		t.Run(name, func(t *testing.T) {
			d := newLite(t, "integer")
			s := d.open(t, nil)
			now := d.Now().Unix()
			token := d.token(store.User{})
			token.ExpiresAt = now + lives[0]
			r := spending(token, 0)
			r.Successor.ExpiresAt = now + lives[1]
			a, err := s.Spend(t.Context(), r)
			want(t, "Spend", a, err, store.Rotated)
			if _, err := s.Revoke(t.Context(), &store.Revocation{Token: token, Leeway: time.Minute}); err != nil {
				t.Fatal(err)
			}
			end := endOf(store.Locate(token.JTI), now+200_000+60+3600)
			if got, want := d.row(t, end.jti).Expires, stamp(end.expires); got != want {
				t.Errorf("the end is remembered until %s, want %s", got, want)
			}
		})
	}
}

// TestEndByJTI: of a session that is known by a jti alone nothing is made up but
// what keeps the end: a row without a text, where there is none of the session.
func TestEndByJTI(t *testing.T) {
	d := newLite(t, "integer")
	s := d.open(t, nil)
	revoke := func(jti string, known bool) {
		t.Helper()
		if a, err := s.Revoke(t.Context(), &store.Revocation{Token: store.Token{JTI: jti}, Reason: store.Admin}); err != nil || a.Known != known {
			t.Fatalf("Revoke = %+v, %v; want known %v", a, err, known)
		}
	}
	unknown := d.token(store.User{})
	revoke(unknown.JTI, false)
	if r := d.row(t, unknown.JTI); r.Text != "" || r.Spent == nil {
		t.Errorf("the row is %+v, want no text, blacklisted", r)
	}
	revoke(store.Successor(unknown.JTI), true) // by the row that keeps the end alone
	// A token between two that are known, whose rows were flushed.
	first := d.token(store.User{})
	second := rotate(t, s, first)
	third := rotate(t, s, second)
	d.must(t, "DELETE FROM token_blacklist_blacklistedtoken WHERE token_id = (SELECT id FROM token_blacklist_outstandingtoken WHERE jti = ?)", second.JTI)
	d.must(t, "DELETE FROM token_blacklist_outstandingtoken WHERE jti = ?", second.JTI)
	revoke(second.JTI, true)
	if n := d.count(t, "SELECT count(*) FROM token_blacklist_outstandingtoken WHERE jti = ?", second.JTI); n != 0 {
		t.Error("a row was made for a token whose session is known")
	}
	if d.row(t, third.JTI).Spent == nil {
		t.Error("the newest token is not blacklisted")
	}
	// Whoever presents that token is refused by Django as well.
	if _, err := s.Revoke(t.Context(), &store.Revocation{Token: second}); err != nil {
		t.Fatal(err)
	}
	if d.row(t, second.JTI).Spent == nil {
		t.Error("the token presented is not blacklisted")
	}
}

// TestForgotten: a token of a later step without a row says that rows were lost.
func TestForgotten(t *testing.T) {
	d := newLite(t, "integer")
	s := d.open(t, nil)
	token := d.token(store.User{})
	a, err := s.Spend(t.Context(), spending(token, 0))
	want(t, "Spend of a login's token", a, err, store.Rotated)
	if a.Forgot {
		t.Error("a login that Django has no row of passes for lost rows")
	}
	token = d.token(store.User{})
	token.JTI = store.Successor(token.JTI)
	for _, forgot := range []bool{true, false} {
		a, err := s.Spend(t.Context(), spending(token, 0))
		want(t, "Spend", a, err, store.Rotated)
		if a.Forgot != forgot {
			t.Errorf("forgot is %v, want %v", a.Forgot, forgot)
		}
		token = follow(token, a.Successor)
	}
	token.JTI, token.Reencode = store.Successor(token.JTI), nil
	if _, err := s.Spend(t.Context(), spending(token, 0)); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("Spend of a token that cannot be encoded anew: %v, want an error", err)
	}
}

// TestLostSpending: a token whose blacklisted row is gone is not spent anew while a
// later one is known, and nobody notes a late retry of it once that one is spent.
func TestLostSpending(t *testing.T) {
	d := newLite(t, "integer")
	s := d.open(t, nil)
	first := d.token(store.User{})
	second := rotate(t, s, first)
	rotate(t, s, second)
	d.must(t, "DELETE FROM token_blacklist_blacklistedtoken WHERE token_id = (SELECT id FROM token_blacklist_outstandingtoken WHERE jti = ?)", first.JTI)
	a, err := s.Spend(t.Context(), spending(first, time.Hour))
	want(t, "Spend", a, err, store.Reused)
	c, err := s.pool.db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	l, err := s.layout(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	late := lateOf(store.Locate(first.JTI), &store.Issued{JTI: second.JTI})
	if noted, err := s.pool.engine.pair(t.Context(), c, l, late); err != nil || noted {
		t.Errorf("a late retry was noted: %v, %v; want none", noted, err)
	}
}

// TestInvalidJTI: what cannot be in the tables is no question.
func TestInvalidJTI(t *testing.T) {
	d := newLite(t, "integer")
	s := d.open(t, nil)
	for _, jti := range []string{"", "\xff", "a\x00", strings.Repeat("a", 256)} {
		token := d.token(store.User{})
		token.JTI = jti
		errs := map[string]error{}
		_, errs["Check"] = s.Check(t.Context(), &store.Check{Token: token})
		_, errs["Spend"] = s.Spend(t.Context(), &store.Spend{Token: token})
		_, errs["Revoke"] = s.Revoke(t.Context(), &store.Revocation{Token: token})
		for what, err := range errs {
			if !errors.Is(err, store.ErrInvalidJTI) {
				t.Errorf("%s of the jti %.10q: %v, want ErrInvalidJTI", what, jti, err)
			}
		}
	}
}

// TestHourTwice: without USE_TZ a spending stands in local time. In the hour that
// comes twice the successor's iat, which is UTC, says which of the two it was.
func TestHourTwice(t *testing.T) {
	d := newLite(t, "integer")
	d.Clock = storetest.NewClock(time.Date(2026, 10, 25, 0, 30, 0, 0, time.UTC))
	s := d.open(t, func(s *Store) { s.TimeZone = "Europe/Berlin" })
	r := spending(d.token(store.User{}), 30*time.Minute)
	r.Successor.IssuedAt, r.Successor.ExpiresAt = d.Now().Unix(), d.Now().Unix()+86_400
	for _, verdict := range []store.Verdict{store.Rotated, store.Replayed, store.Reused} {
		a, err := s.Spend(t.Context(), r)
		want(t, "Spend at "+d.Now().String(), a, err, verdict)
		d.Advance(20 * time.Minute)
	}
}

// TestWrongTables: every fault of the tables says what to do, is no verdict, and is
// over once it is mended.
func TestWrongTables(t *testing.T) {
	for name, tc := range map[string]struct {
		wrong, right []string
		change       func(*Store)
		userID, want string
	}{
		"no user table":      {change: func(s *Store) { s.UserTable = "people" }, want: "no table people"},
		"no user id":         {userID: "public_id", want: "no column public_id: set user_id_field"},
		"no active field":    {change: func(s *Store) { s.ActiveField = "enabled" }, want: "active_field"},
		"no password field":  {change: func(s *Store) { s.PasswordField = "secret" }, want: "password_field"},
		"no token tables":    {wrong: []string{"ALTER TABLE token_blacklist_outstandingtoken RENAME TO o"}, right: []string{"ALTER TABLE o RENAME TO token_blacklist_outstandingtoken"}, want: "INSTALLED_APPS"},
		"no blacklist":       {wrong: []string{"ALTER TABLE token_blacklist_blacklistedtoken RENAME TO b"}, right: []string{"ALTER TABLE b RENAME TO token_blacklist_blacklistedtoken"}, want: "INSTALLED_APPS"},
		"times of no layout": {wrong: []string{"UPDATE token_blacklist_outstandingtoken SET expires_at = 'soon'"}, right: []string{"UPDATE token_blacklist_outstandingtoken SET expires_at = '2039-01-01 00:00:00'"}, want: "look at the columns' types"},
	} {
		t.Run(name, func(t *testing.T) {
			d := newLite(t, "integer")
			d.user(t, 7, true, "x")
			token := d.token(store.User{ID: "7", Kind: store.IntegerUser})
			rotate(t, d.open(t, nil), token)
			s := d.open(t, tc.change)
			if err := s.SetBackend(store.Backend{UserIDField: gocmp.Or(tc.userID, "id")}); err != nil {
				t.Fatal(err)
			}
			for _, statement := range tc.wrong {
				d.must(t, statement)
			}
			r := spending(token, time.Minute)
			r.Users = store.UserChecks{Exists: true, Active: true, Password: true, PasswordClaim: store.PasswordMark("x")}
			a, err := s.Spend(t.Context(), r)
			if !errors.Is(err, store.ErrUnavailable) || a.Verdict != store.Undecided || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("Spend = %v, %v; want no verdict, and %q", a.Verdict, err, tc.want)
			}
			if tc.right == nil {
				return
			}
			for _, statement := range tc.right {
				d.must(t, statement)
			}
			a, err = s.Spend(t.Context(), r)
			want(t, "Spend once it is mended", a, err, store.Replayed)
		})
	}
}

// TestForeignJTI: a row that no edge made among those of a session is a fault, not
// a verdict.
func TestForeignJTI(t *testing.T) {
	d := newLite(t, "integer")
	s := d.open(t, nil)
	token := d.token(store.User{})
	foreign := store.Locate(store.Successor(token.JTI)).Prefix() + "0000009zzz"
	d.must(t, "INSERT INTO token_blacklist_outstandingtoken (jti, token, created_at, expires_at) VALUES (?, 'x', '2026-01-01 00:00:00', '2039-01-01 00:00:00')", foreign)
	if a, err := s.Check(t.Context(), &store.Check{Token: token}); !errors.Is(err, store.ErrUnavailable) || !strings.Contains(err.Error(), "no edge made") {
		t.Errorf("Check = %v, %v; want the error of a foreign jti", a.Verdict, err)
	}
}

// TestFileFaults: a file that is not there or cannot be written is told in the
// status, with what to do.
func TestFileFaults(t *testing.T) {
	d := newLite(t, "integer")
	s := d.open(t, nil)
	if status := s.Status(t.Context()); !status.Up || status.LastError != "" || !status.Now.Equal(d.Now()) {
		t.Errorf("Status = %+v, want it up", status)
	}
	d.must(t, "DROP TABLE token_blacklist_blacklistedtoken")
	if status := s.Status(t.Context()); status.Up || !strings.Contains(status.LastError, "INSTALLED_APPS") {
		t.Errorf("Status without a table = %+v", status)
	}
	gone := d.open(t, nil)
	if err := os.Rename(d.path, d.path+"x"); err != nil {
		t.Fatal(err)
	}
	if status := gone.Status(t.Context()); status.Up || !strings.Contains(status.LastError, "look at the path") {
		t.Errorf("Status without the file = %+v", status)
	}
}
