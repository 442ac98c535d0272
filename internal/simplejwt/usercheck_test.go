// SPDX-License-Identifier: Apache-2.0

package simplejwt

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// people are the users that a UserCheck knows. It notes whom it was asked about.
type people struct {
	active []string
	err    error
	asked  []string
}

func (p *people) Check(_ context.Context, user string) (bool, error) {
	p.asked = append(p.asked, user)
	return slices.Contains(p.active, user), p.err
}

// TestUserCheckAsks: the check is asked once about a good token, with the id as Python
// writes it, and not about an id that SimpleJWT does not look up.
func TestUserCheckAsks(t *testing.T) {
	for id, want := range map[string]string{ // "" where nobody is asked
		`1`: "1", `"1"`: "1", `"anna@example.com"`: "anna@example.com", `"é"`: "é", `"a\/b\u0041"`: "a/bA", `12345678901234567890`: "12345678901234567890",
		`true`: "True", `1.0`: "1.0", `["a"]`: "['a']", `" "`: " ", `"0"`: "0",
		`null`: "", `0`: "", `0.0`: "", `""`: "", `false`: "", `[]`: "", `{}`: "",
	} {
		for job, do := range userJobs {
			p := &people{active: []string{want}}
			b := newBackend(t, "5.5", sliding(func(c *Config) { c.UserCheck = p }))
			if err := do(t, b, `,"user_id":`+id); err != nil {
				t.Errorf("%s %s: %v", job, id, err)
			}
			if got := strings.Join(p.asked, " and "); got != want {
				t.Errorf("%s %s: it was asked about %q, want %q", job, id, got, want)
			}
		}
	}
	p := &people{}
	b := newBackend(t, "5.5", sliding(func(c *Config) { c.UserCheck = p }))
	for job, do := range userJobs {
		if err := do(t, b, ""); err != nil || len(p.asked) != 0 {
			t.Errorf("%s without a user: %v, asked about %q", job, err, p.asked)
		}
	}
}

// userJobs are the jobs that check users, on tokens with more claims.
var userJobs = map[string]func(t *testing.T, b *Backend, more string) error{
	"refresh": func(t *testing.T, b *Backend, more string) error {
		_, err := b.Refresh(t.Context(), new(Scratch), []byte(issue(t, b, `{"token_type":"refresh","exp":1767326645,"jti":"0123"`+more+`}`)), testNow)
		return err
	},
	"sliding": func(t *testing.T, b *Backend, more string) error {
		_, err := slide(t, b, `{"token_type":"sliding","exp":1767326645,"refresh_exp":1767326645,"jti":"0123"`+more+`}`)
		return err
	},
}

// TestUserCheckRefuses: a user who may not go on is refused with the release's text. It
// is a refusal that the backend shares where it checks users itself.
func TestUserCheckRefuses(t *testing.T) {
	fault := errors.New("the backend is down")
	for _, tt := range []struct {
		release  string
		inactive bool // CHECK_USER_IS_ACTIVE is off
		job      string
		edgeOnly bool
	}{
		{"5.2", false, "refresh", true},
		{"5.3", false, "refresh", true},
		{"5.4", false, "refresh", false},
		{"5.5", false, "refresh", false},
		{"5.5", true, "refresh", true},
		{"5.5", false, "sliding", true},
	} {
		p := &people{}
		b := newBackend(t, tt.release, sliding(func(c *Config) { c.UserCheck, c.CheckUserIsActive = p, !tt.inactive }))
		err := userJobs[tt.job](t, b, `,"user_id":1`)
		if !errors.Is(err, ErrNoActiveAccount) || EdgeOnly(err) != tt.edgeOnly || !b.Ends(err) || b.Text(err) != "No active account found for the given token." {
			t.Errorf("%+v: %v: edge only: %v, ends: %v, text %q", tt, err, EdgeOnly(err), b.Ends(err), b.Text(err))
		}
		p.err = fault
		err = userJobs[tt.job](t, b, `,"user_id":1`)
		if !errors.Is(err, ErrUserUnknown) || !errors.Is(err, ErrUnavailable) || !errors.Is(err, fault) || EdgeOnly(err) || b.Ends(err) {
			t.Errorf("%+v: while the backend is down: %v", tt, err)
		}
	}
}

// TestUserCheckSpendsNothing: whoever is refused, and whoever cannot be checked, keeps
// the token. A token that is blacklisted too is refused for that, as by Django.
func TestUserCheckSpendsNothing(t *testing.T) {
	s, p := newShop(t), &people{}
	b := s.edge("5.5", func(c *Config) { c.UserCheck, c.ReuseGrace = p, 0 })
	token := issue(t, b, goodClaims)
	s.refuses(b, token, ErrNoActiveAccount)
	p.err = errors.New("down")
	s.refuses(b, token, ErrUserUnknown)
	p.active, p.err = []string{"1"}, nil
	second := s.next(b, token)

	p.active = nil
	s.refuses(b, token, ErrBlacklisted)
	s.refuses(b, second, ErrNoActiveAccount)
	p.err = errors.New("down") // a repeat within the grace could still get its answer later
	s.refuses(b, token, ErrUserUnknown)
	p.active, p.err = []string{"1"}, nil
	s.next(b, second)
}

// TestUserCheckComesLast: nobody is asked about the user of a token that is bad, or by
// a job that checks no users.
func TestUserCheckComesLast(t *testing.T) {
	s, p := newShop(t), &people{active: []string{"1"}}
	b := s.edge("5.5", sliding(func(c *Config) { c.UserCheck = p }))
	key := testKey(t, "HS256")
	good := signed(t, key, withHeader(key), goodClaims)
	slides := func(more string) string {
		return issue(t, b, `{"token_type":"sliding","exp":1767326645,"user_id":1,"jti":"sliding"`+more+`}`)
	}
	for name, bad := range map[string]string{
		"no token":        "x",
		"forged":          good[:len(good)-4] + "AAAA",
		"expired":         issue(t, b, `{"token_type":"refresh","exp":1,"jti":"0123","user_id":1}`),
		"an access token": issue(t, b, `{"token_type":"access","exp":1767326645,"jti":"0123","user_id":1}`),
		"no jti":          issue(t, b, `{"token_type":"refresh","exp":1767326645,"user_id":1}`),
	} {
		if _, err := b.Refresh(t.Context(), new(Scratch), []byte(bad), s.now); err == nil || len(p.asked) != 0 {
			t.Errorf("%s: %v, asked about %q", name, err, p.asked)
		}
	}
	for name, bad := range map[string]string{"no refresh_exp": slides(""), "refresh_exp passed": slides(`,"refresh_exp":1`), "a refresh token": good} {
		if _, err := b.RefreshSliding(t.Context(), new(Scratch), []byte(bad), s.now); err == nil || len(p.asked) != 0 {
			t.Errorf("sliding, %s: %v, asked about %q", name, err, p.asked)
		}
	}
	if err := b.Verify(t.Context(), new(Scratch), []byte(good), s.now); err != nil || len(p.asked) != 0 {
		t.Errorf("verify: %v, asked about %q", err, p.asked)
	}
	if err := b.Blacklist(t.Context(), new(Scratch), []byte(good), s.now); err != nil || len(p.asked) != 0 {
		t.Errorf("blacklist: %v, asked about %q", err, p.asked)
	}
}

// TestUserCheckExplained: the command check says the same as a refresh, in words.
func TestUserCheckExplained(t *testing.T) {
	for name, tt := range map[string]struct {
		p    people
		want string
	}{
		"active":  {people{active: []string{"1"}}, ""},
		"missing": {people{}, "user_check answers with 410"},
		"unknown": {people{err: errors.New("the backend answers 403")}, "the backend answers 403"},
	} {
		s := newShop(t)
		b := s.edge("5.5", sliding(func(c *Config) { c.UserCheck = &tt.p }))
		slides := issue(t, b, fmt.Sprintf(`{"token_type":"sliding","exp":1767326645,"refresh_exp":%d,"user_id":1,"jti":"s"}`, s.now.Add(time.Hour).Unix()))
		for job, x := range map[string]Explanation{
			"refresh": b.Explain(t.Context(), new(Scratch), []byte(issue(t, b, goodClaims)), s.now, s.memory.Check),
			"sliding": b.ExplainSliding(t.Context(), new(Scratch), []byte(slides), s.now, s.memory.Check),
		} {
			if tt.want == "" && (x.Err != nil || len(x.Problems) != 0) || tt.want != "" && (x.Err == nil || len(x.Problems) != 1 || !strings.Contains(x.Problems[0].Text, tt.want)) {
				t.Errorf("%s, %s: %v, %v", job, name, x.Err, x.Problems)
			}
		}
		s.next(s.edge("5.5", nil), issue(t, b, goodClaims)) // spends it
		_, wrong := b.Refresh(t.Context(), new(Scratch), []byte(issue(t, b, goodClaims)), s.now.Add(time.Minute))
		x := b.Explain(t.Context(), new(Scratch), []byte(issue(t, b, goodClaims)), s.now.Add(time.Minute), s.memory.Check)
		if tt.p.active == nil && (x.Err == nil || wrong == nil || x.Err.Error() != wrong.Error()) {
			t.Errorf("spent, %s: %v, and a refresh says %v", name, x.Err, wrong)
		}
	}
}
