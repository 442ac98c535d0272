// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package djangostore

import (
	"context"
	"testing"

	"github.com/caddyrefresh/caddyrefresh/internal/djangotest"
	"github.com/caddyrefresh/caddyrefresh/store"
)

// keys rotates and cuts off with each kind of user key that Django makes.
func (v *live) keys(t *testing.T) {
	all := store.UserChecks{Exists: true, Active: true}
	for _, tc := range []struct {
		release, key string
		impossible   []store.User
		state        store.UserState
	}{
		{"5.3", "integer", []store.User{{ID: "abc", Kind: store.TextUser}, {ID: "inf", Kind: store.OtherUser}}, store.UserBadID},
		{"5.5", "bigint", []store.User{{ID: "9223372036854775808", Kind: store.IntegerUser}, {ID: "[1]", Kind: store.OtherUser}}, store.UserBadID},
		{"5.3", "uuid", []store.User{{ID: "abc", Kind: store.TextUser}}, store.UserBadUUID},
		{"5.5", "uuid", []store.User{{ID: "7", Kind: store.IntegerUser}}, store.UserMissing},
		{"5.5", "text", []store.User{{ID: "nobody", Kind: store.TextUser}, {ID: "7", Kind: store.IntegerUser}}, store.UserMissing},
	} {
		t.Run(tc.key+" "+tc.release, func(t *testing.T) {
			p := v.project(t, djangotest.Project{Release: tc.release, Key: tc.key})
			s, old := open(t, p, nil), open(t, p, nil)
			if err := old.SetBackend(store.Backend{UserIDField: "id"}); err != nil {
				t.Fatal(err)
			}
			token := signIn(t, p, "ann")
			r := spending(token, 0)
			r.Users = all
			a, err := s.Spend(context.Background(), r)
			want(t, "Spend", a, err, store.Rotated)
			if a.User != store.UserPasses {
				t.Errorf("user = %v, want passes", a.User)
			}
			for _, user := range tc.impossible {
				other := follow(token, store.Issued{JTI: "00", Text: "text", ExpiresAt: token.ExpiresAt})
				other.User = user
				a, err := s.Check(context.Background(), &store.Check{Token: other, Users: all})
				want(t, "Check of "+user.ID, a, err, store.UserRefused)
				if a.User != tc.state {
					t.Errorf("user %q = %v, want %v", user.ID, a.User, tc.state)
				}
				// A release that does not look at users rotates all the same.
				other.JTI = "11" + user.ID[:1]
				r := spending(other, 0)
				a, err = old.Spend(context.Background(), r)
				want(t, "Spend of "+user.ID+" unchecked", a, err, store.Rotated)
			}
			cut, err := s.CutOff(context.Background(), &store.CutOff{User: token.User})
			if err != nil || cut.Tokens != 1 {
				t.Errorf("CutOff = %+v, %v; want 1 token", cut, err)
			}
			a, err = s.Check(context.Background(), &store.Check{Token: follow(token, r.Successor)})
			want(t, "Check of the successor", a, err, store.Refused)
		})
	}
}

// users takes the state of a user through what Django can do to it.
func (v *live) users(t *testing.T) {
	p := v.project(t, djangotest.Project{Release: "5.5"})
	s := open(t, p, nil)
	hash := func() string {
		return p.Python(t, `from django.contrib.auth.models import User; print(User.objects.get(username="ann").password)`)
	}
	token := signIn(t, p, "ann")
	mark := store.PasswordMark(hash())
	all := store.UserChecks{Exists: true, Active: true, Password: true, PasswordClaim: mark}
	for _, tc := range []struct {
		name, change string
		checks       store.UserChecks
		verdict      store.Verdict
		state        store.UserState
	}{
		{"well", "pass", all, store.Rotated, store.UserPasses},
		{"lower case mark", "pass", store.UserChecks{Password: true, PasswordClaim: "abc"}, store.UserRefused, store.UserPasswordChanged},
		{"new password", "u.set_password('other'); u.save()", all, store.UserRefused, store.UserPasswordChanged},
		{"new password, unasked", "pass", store.UserChecks{Exists: true, Active: true}, store.Rotated, store.UserPasses},
		{"inactive", "u.is_active = False; u.save()", store.UserChecks{Exists: true, Active: true}, store.UserRefused, store.UserInactive},
		{"inactive, unasked", "pass", store.UserChecks{Exists: true}, store.Rotated, store.UserPasses},
		{"deleted", "u.delete()", store.UserChecks{Exists: true, Active: true}, store.UserRefused, store.UserMissing},
		{"deleted, unasked", "pass", store.UserChecks{}, store.Rotated, store.UserUnseen},
	} {
		p.Python(t, `
from django.contrib.auth.models import User
u = User.objects.filter(username="ann").first()
`+tc.change)
		r := spending(token, 0)
		r.Users = tc.checks
		a, err := s.Spend(context.Background(), r)
		if err != nil || a.Verdict != tc.verdict || a.User != tc.state {
			t.Fatalf("%s: Spend = %v, user %v, %v; want %v, %v", tc.name, a.Verdict, a.User, err, tc.verdict, tc.state)
		}
		if a.Verdict == store.Rotated {
			token = follow(token, a.Successor)
		}
	}
	// An empty text and nobody at all pass where they are not to be looked up.
	nobody := follow(token, store.Issued{JTI: "22", Text: "text", ExpiresAt: token.ExpiresAt})
	nobody.User = store.User{}
	r := spending(nobody, 0)
	r.Users = all
	a, err := s.Spend(context.Background(), r)
	want(t, "Spend of nobody's token", a, err, store.Rotated)
}
