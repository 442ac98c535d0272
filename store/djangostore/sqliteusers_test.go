// SPDX-License-Identifier: Apache-2.0

package djangostore

import (
	"testing"
	"time"

	"github.com/caddyrefresh/caddyrefresh/store"
)

// TestUsers asks after users of every kind of key, through both questions. A user
// who does not pass has spent nothing.
func TestUsers(t *testing.T) {
	const hash, digits = "pbkdf2_sha256$1$x$y", "0123abcd456789abcdef0123456789ab"
	integer := func(id string) store.User { return store.User{ID: id, Kind: store.IntegerUser} }
	words := func(id string) store.User { return store.User{ID: id, Kind: store.TextUser} }
	other := func(id string) store.User { return store.User{ID: id, Kind: store.OtherUser} }
	var (
		none   = store.UserChecks{}
		exists = store.UserChecks{Exists: true}
		active = store.UserChecks{Exists: true, Active: true}
		alone  = store.UserChecks{Active: true}
		key    = store.UserChecks{Key: true}
		mark   = store.UserChecks{Password: true, PasswordClaim: store.PasswordMark(hash)}
		stale  = store.UserChecks{Password: true, PasswordClaim: store.PasswordMark(hash + "z")}
		all    = store.UserChecks{Exists: true, Active: true, Password: true, PasswordClaim: store.PasswordMark(hash)}
	)
	for kind, cases := range map[string][]struct {
		user   store.User
		checks store.UserChecks
		want   store.UserState
	}{
		"integer": {
			{integer("7"), none, store.UserUnseen},
			{integer("7"), all, store.UserPasses},
			{words(" 7 "), all, store.UserPasses},
			{words("\u0667"), active, store.UserPasses},
			{words("0_7"), active, store.UserPasses},
			{other("7.9"), active, store.UserPasses},
			{other("True"), exists, store.UserMissing},
			{integer("7"), stale, store.UserPasswordChanged},
			{integer("8"), exists, store.UserPasses},
			{integer("8"), active, store.UserInactive},
			{integer("8"), alone, store.UserInactive},
			{integer("8"), mark, store.UserPasses},
			{integer("8"), all, store.UserInactive},
			{integer("9"), none, store.UserUnseen},
			{integer("9"), exists, store.UserMissing},
			{integer("9"), active, store.UserMissing},
			{integer("9"), mark, store.UserMissing},
			{integer("9"), key, store.UserUnseen},
			{words("abc"), none, store.UserUnseen},
			{words("abc"), key, store.UserBadID},
			{words("abc"), exists, store.UserBadID},
			{words(""), key, store.UserBadID},
			{integer("9223372036854775808"), active, store.UserBadID},
			{other("[7]"), active, store.UserBadID},
			{store.User{}, all, store.UserUnseen},
			{store.User{}, key, store.UserUnseen},
		},
		"uuid": {
			{words(digits), all, store.UserPasses},
			{words("urn:uuid:{0123ABCD-4567-89ab-cdef-0123456789ab}"), all, store.UserPasses},
			{integer("7"), active, store.UserInactive},
			{other("True"), exists, store.UserMissing},
			{words("7"), exists, store.UserBadUUID},
			{words("7"), key, store.UserBadUUID},
			{words("7"), none, store.UserUnseen},
			{integer("-7"), active, store.UserBadUUID},
		},
		"text": {
			{words("7"), all, store.UserPasses},
			{integer("7"), all, store.UserPasses},
			{words("True"), active, store.UserInactive},
			{other("True"), active, store.UserInactive},
			{words(" 7"), exists, store.UserMissing},
			{words(""), exists, store.UserMissing},
			{words("a\x00b"), exists, store.UserBadID},
			{words("\xff"), key, store.UserBadID},
		},
	} {
		t.Run(kind, func(t *testing.T) {
			d := newLite(t, kind)
			s := d.open(t, nil)
			for id, isActive := range map[string]map[any]bool{
				"integer": {7: true, 8: false}, "uuid": {digits: true, "00000000000000000000000000000007": false}, "text": {"7": true, "True": false},
			}[kind] {
				d.user(t, id, isActive, hash)
			}
			for _, tc := range cases {
				token := d.token(tc.user)
				refused := tc.want != store.UserUnseen && tc.want != store.UserPasses
				check, spend := store.Live, store.Rotated
				if refused {
					check, spend = store.UserRefused, store.UserRefused
				}
				a, err := s.Check(t.Context(), &store.Check{Token: token, Users: tc.checks})
				if err != nil || a.Verdict != check || a.User != tc.want {
					t.Errorf("user %+v, %+v: Check = %v, %v, %v; want %v, %v", tc.user, tc.checks, a.Verdict, a.User, err, check, tc.want)
				}
				r := spending(token, time.Minute)
				r.Users = tc.checks
				a, err = s.Spend(t.Context(), r)
				if err != nil || a.Verdict != spend || a.User != tc.want {
					t.Errorf("user %+v, %+v: Spend = %v, %v, %v; want %v, %v", tc.user, tc.checks, a.Verdict, a.User, err, spend, tc.want)
				}
				rows := d.count(t, "SELECT count(*) FROM token_blacklist_outstandingtoken WHERE jti IN (?, ?)", token.JTI, store.Successor(token.JTI))
				if refused && (rows != 0 || a.Successor != store.Issued{}) {
					t.Errorf("user %+v, %+v: refused, with %d rows and the successor %+v", tc.user, tc.checks, rows, a.Successor)
				}
				if refused {
					continue
				}
				// A repeat is a pass like any other: it names the user's state.
				a, err = s.Spend(t.Context(), r)
				if err != nil || a.Verdict != store.Replayed || a.User != tc.want {
					t.Errorf("user %+v, %+v: Spend again = %v, %v, %v; want replayed, %v", tc.user, tc.checks, a.Verdict, a.User, err, tc.want)
				}
			}
		})
	}
}

// TestUserChanges: a user who was deactivated gets no repeat either, and a token
// that is refused anyway says nothing of its user.
func TestUserChanges(t *testing.T) {
	d := newLite(t, "integer")
	s := d.open(t, nil)
	d.user(t, 7, true, "x")
	token := d.token(store.User{ID: "7", Kind: store.IntegerUser})
	r := spending(token, time.Minute)
	r.Users = store.UserChecks{Exists: true, Active: true}
	a, err := s.Spend(t.Context(), r)
	want(t, "Spend", a, err, store.Rotated)
	d.must(t, "UPDATE auth_user SET is_active = 0")
	a, err = s.Spend(t.Context(), r)
	want(t, "Spend again", a, err, store.UserRefused)
	if a.User != store.UserInactive || a.Successor != (store.Issued{}) {
		t.Errorf("the answer is %+v, want an inactive user and no successor", a)
	}
	if _, err := s.Revoke(t.Context(), &store.Revocation{Token: token}); err != nil {
		t.Fatal(err)
	}
	for what, ask := range map[string]func() (store.Answer, error){
		"Check": func() (store.Answer, error) {
			return s.Check(t.Context(), &store.Check{Token: token, Users: r.Users})
		},
		"Spend": func() (store.Answer, error) { return s.Spend(t.Context(), r) },
	} {
		a, err := ask()
		if err != nil || a.Verdict != store.Refused || a.User != store.UserUnseen || a.Successor != (store.Issued{}) {
			t.Errorf("%s after the end = %+v, %v; want refused, no user seen, no successor", what, a, err)
		}
	}
}

// TestKnownTokenOfBadID: an id that is no key refuses a token that Django has a row
// of, too, where keys are all that is asked after.
func TestKnownTokenOfBadID(t *testing.T) {
	d := newLite(t, "integer")
	s := d.open(t, nil)
	token := d.token(store.User{ID: "abc", Kind: store.TextUser})
	d.must(t, "INSERT INTO token_blacklist_outstandingtoken (jti, token, expires_at) VALUES (?, 'x', ?)", token.JTI, stamp(token.ExpiresAt))
	r := spending(token, 0)
	r.Users.Key = true
	a, err := s.Spend(t.Context(), r)
	want(t, "Spend", a, err, store.UserRefused)
	r.Users.Key = false
	a, err = s.Spend(t.Context(), r)
	want(t, "Spend unasked", a, err, store.Rotated)
}

// TestOwner: where a release writes the claim into the owner's column without
// looking it up (SimpleJWT 5.4), a token that Django has no row of is refused if
// that cannot be written, though nobody asked after its user.
func TestOwner(t *testing.T) {
	words := func(id string) store.User { return store.User{ID: id, Kind: store.TextUser} }
	for _, tc := range []struct {
		release, key string
		user         store.User
		known        bool
		want         store.UserState // UserUnseen: it rotates
	}{
		{"5.3", "integer", words("9"), false, store.UserUnseen},
		{"5.3", "integer", words("abc"), false, store.UserUnseen},
		{"5.4", "integer", words("7"), false, store.UserUnseen},
		{"5.4", "integer", words("9"), false, store.UserMissing},
		{"5.4", "integer", words("9"), true, store.UserUnseen},
		{"5.4", "integer", words("abc"), false, store.UserBadID},
		{"5.4", "integer", words(""), false, store.UserUnseen},
		{"5.4", "integer", store.User{}, false, store.UserUnseen},
		{"5.4", "text", words(""), false, store.UserMissing},
		{"5.4", "text", words("7"), false, store.UserUnseen},
		{"5.5", "integer", words("9"), false, store.UserUnseen},
	} {
		d := newLite(t, tc.key)
		s := d.open(t, nil)
		if err := s.SetBackend(backend(tc.release)); err != nil {
			t.Fatal(err)
		}
		d.user(t, 7, true, "x")
		token := d.token(tc.user)
		if tc.known {
			d.must(t, "INSERT INTO token_blacklist_outstandingtoken (jti, token, expires_at) VALUES (?, 'x', ?)", token.JTI, stamp(token.ExpiresAt))
		}
		verdict := store.Rotated
		if tc.want != store.UserUnseen {
			verdict = store.UserRefused
		}
		a, err := s.Spend(t.Context(), spending(token, 0))
		if err != nil || a.Verdict != verdict || a.User != tc.want {
			t.Errorf("%s, %s keys, user %+v, known %v: Spend = %v, %v, %v; want %v, %v",
				tc.release, tc.key, tc.user, tc.known, a.Verdict, a.User, err, verdict, tc.want)
		}
	}
}
