// SPDX-License-Identifier: Apache-2.0

package djangostore

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/caddyrefresh/caddyrefresh/store"
)

// handles counts the stores, each of which has a pool of its own.
var handles atomic.Int64

// ownPool returns a setting of max_connections that no other open store has, so that the
// store gets a pool of its own. Settings go up to 1000, and -count makes more stores.
func ownPool() int { return int(20 + handles.Add(1)%900) }

// spending is the request to spend a token in favour of one that ends in a day.
func spending(token store.Token, grace time.Duration) *store.Spend {
	now := time.Now().Unix()
	next := store.Successor(token.JTI)
	return &store.Spend{
		Token: token, Grace: grace,
		Successor: store.Issued{JTI: next, IssuedAt: now, ExpiresAt: now + 86_400, Text: "text of " + next},
	}
}

// follow is the token that was handed out.
func follow(before store.Token, s store.Issued) store.Token {
	return store.Token{
		JTI: s.JTI, IssuedAt: s.IssuedAt, ExpiresAt: s.ExpiresAt, Text: s.Text, User: before.User,
		Reencode: func() (string, error) { return s.Text, nil },
	}
}

func want(t testing.TB, what string, a store.Answer, err error, verdict store.Verdict) {
	t.Helper()
	if err != nil || a.Verdict != verdict {
		t.Fatalf("%s = %v (user %v), %v; want %v", what, a.Verdict, a.User, err, verdict)
	}
}

func rotate(t testing.TB, s *Store, token store.Token) store.Token {
	t.Helper()
	a, err := s.Spend(context.Background(), spending(token, 10*time.Second))
	want(t, "Spend", a, err, store.Rotated)
	return follow(token, a.Successor)
}

// tables are those of a project, for the suite: its user keys are texts.
type tables struct {
	*sql.DB
	numbered bool // parameters are $1 and so on, as in PostgreSQL
}

func (d *tables) must(t testing.TB, statement string, args ...any) {
	t.Helper()
	if err := d.try(statement, args...); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

func (d *tables) try(statement string, args ...any) error {
	if d.numbered {
		for i := range args {
			statement = strings.Replace(statement, "?", "$"+string(rune('1'+i)), 1)
		}
	}
	_, err := d.Exec(statement, args...)
	return err
}

// login writes what Django writes for a token at login, the user included.
func (d *tables) login(t *testing.T, token store.Token) {
	t.Helper()
	token.User = short(token.User)
	var user any
	if token.User.Kind != store.NoUser {
		user = token.User.ID
		sum := sha256.Sum256([]byte(token.User.ID))
		err := d.try("INSERT INTO people_user (id, username, password, is_active) VALUES (?, ?, 'x', TRUE)", user, hex.EncodeToString(sum[:]))
		if err != nil && !isDuplicate(err) {
			t.Fatal(err)
		}
	}
	// The suite may issue a token again, for another user.
	d.must(t, "DELETE FROM token_blacklist_outstandingtoken WHERE jti = ?", token.JTI)
	d.must(t, "INSERT INTO token_blacklist_outstandingtoken (user_id, jti, token, created_at, expires_at) VALUES (?, ?, ?, ?, ?)",
		user, token.JTI, token.Text, stamp(token.IssuedAt), stamp(token.ExpiresAt))
}

// forget deletes all rows of a session.
func (d *tables) forget(t *testing.T, _, jti string) {
	t.Helper()
	of := "jti LIKE '" + store.Locate(jti).Prefix() + "%' OR jti = '" + jti + "'"
	d.must(t, "DELETE FROM token_blacklist_blacklistedtoken WHERE token_id IN (SELECT id FROM token_blacklist_outstandingtoken WHERE "+of+")")
	d.must(t, "DELETE FROM token_blacklist_outstandingtoken WHERE "+of)
}

func isDuplicate(err error) bool {
	text := strings.ToLower(err.Error())
	return strings.Contains(text, "duplicate") || strings.Contains(text, "unique")
}

// shortIDs is a store for the suite, which has user ids that no key column of
// Django's is wide enough for.
type shortIDs struct{ *Store }

func short(u store.User) store.User {
	if len(u.ID) > 255 {
		sum := sha256.Sum256([]byte(u.ID))
		u.ID = hex.EncodeToString(sum[:])
	}
	return u
}

func (s shortIDs) Check(ctx context.Context, c *store.Check) (store.Answer, error) {
	c2 := *c
	c2.Token.User = short(c.Token.User)
	return s.Store.Check(ctx, &c2)
}

func (s shortIDs) Spend(ctx context.Context, r *store.Spend) (store.Answer, error) {
	r2 := *r
	r2.Token.User = short(r.Token.User)
	return s.Store.Spend(ctx, &r2)
}

func (s shortIDs) Revoke(ctx context.Context, r *store.Revocation) (store.RevokeAnswer, error) {
	r2 := *r
	r2.Token.User = short(r.Token.User)
	return s.Store.Revoke(ctx, &r2)
}

func (s shortIDs) CutOff(ctx context.Context, c *store.CutOff) (store.CutOffAnswer, error) {
	c2 := *c
	c2.User = short(c.User)
	return s.Store.CutOff(ctx, &c2)
}
