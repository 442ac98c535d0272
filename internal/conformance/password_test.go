// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package conformance

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestPasswordChange: with CHECK_REVOKE_TOKEN refresh and verify take no notice
// of a new password in any release, and neither does the edge that is told of the
// setting; the API's authentication does, also with the edge's access tokens.
// end_sessions_on_password_change refuses what does not fit, lets pass what has
// no mark, and blacklists nothing.
func TestPasswordChange(t *testing.T) {
	eachSet(t, Contemporary(), func(t *testing.T, rel *Set, _ uint64) {
		dir := t.TempDir()
		database, err := Database(t.Context(), rel, dir)
		if err != nil {
			t.Fatal(err)
		}
		p := Profile{
			Name: "check-revoke-token", Rotates: true, Spends: true, VerifyLooks: true, Remembers: true,
			SimpleJWT: map[string]any{"ROTATE_REFRESH_TOKENS": true, "BLACKLIST_AFTER_ROTATION": true, "CHECK_REVOKE_TOKEN": true},
			Caddyfile: []string{
				"rotate_refresh_tokens", "blacklist_after_rotation",
				"store django sqlite:///" + database + " {", "timeout 10s", "}",
			},
		}
		p.fill()
		django, err := Django(t.Context(), rel, p, database, false)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { stop(t, django) })
		same, ends := p, p
		same.Caddyfile = append([]string{"check_revoke_token"}, p.Caddyfile...)
		ends.Caddyfile = append([]string{"end_sessions_on_password_change"}, p.Caddyfile...)
		sites := []Site{{Profile: same, Django: django.Addr}, {Profile: ends, Django: django.Addr}}
		edge, err := Edge(rel, edgeBinary(t), dir, sites)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { stop(t, edge) })
		c := passwordChange{T: t, profile: p, django: django.Addr, same: sites[0].Addr, ends: sites[1].Addr, marked: rel.MarksPassword}
		c.run(func() { changePassword(t, rel, database) })
	})
}

// changePassword gives user1 another password.
func changePassword(t *testing.T, rel *Set, database string) {
	t.Helper()
	python, err := Environment(t.Context(), rel)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), python, "-c", `
import django
django.setup()
from django.contrib.auth import get_user_model
user = get_user_model().objects.get(username="user1")
user.set_password("another")
user.save()`)
	cmd.Dir = filepath.Join(Dir(), "django")
	cmd.Env = append(os.Environ(), "DJANGO_SETTINGS_MODULE=settings", "CONFORMANCE_DATABASE="+database, "PYTHONDONTWRITEBYTECODE=1", blacklistApp)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("changing the password: %v\n%s", err, out)
	}
}

// passwordChange is a Django and two edges in front of one database: one that is
// told of check_revoke_token, and one that ends sessions.
type passwordChange struct {
	*testing.T
	profile            Profile
	django, same, ends string
	marked             bool // the release writes the claim
}

func (c *passwordChange) run(change func()) {
	theirs, ours, ended := c.login("password1"), c.login("password1"), c.login("password1")
	var unmarked [2]string
	for i := range unmarked {
		unmarked[i] = c.profile.Sign(fmt.Sprintf(
			`{"token_type":"refresh","exp":%d,"iat":%d,"jti":"%032d","user_id":"1"}`, int64(now())+3600, int64(now()), i+1))
	}
	change()
	want := c.send(c.django, StoryRequest("refresh", theirs))
	got := c.send(c.same, StoryRequest("refresh", ours))
	if diff := c.profile.Compare(&want, &got); diff != "" || want.Status != 200 {
		c.Fatalf("refresh: Django answers %d; %s", want.Status, diff)
	}
	for _, addr := range []string{c.django, c.same, c.ends} {
		if a := c.send(addr, StoryRequest("verify", ended)); a.Status != 200 || a.Body != "{}" {
			c.Errorf("verify at %s: %d %s", addr, a.Status, a.Body)
		}
	}
	status := map[bool]int{true: 401, false: 200}[c.marked]
	for who, answer := range map[string]Answer{"Django's": want, "the edge's": got} {
		access := Request{Method: "GET", Target: ProtectedPath, Headers: [][2]string{{"Authorization", "Bearer " + tokens(answer)[0]}}}
		if a := c.send(c.django, access); a.Status != status {
			c.Errorf("the API answers %d to %s access token, want %d", a.Status, who, status)
		}
	}
	c.login("another")

	refusal := `{"detail":"The user's password has been changed."}`
	switch a := c.send(c.ends, StoryRequest("refresh", ended)); {
	case !c.marked:
		if a.Status != 200 {
			c.Errorf("%d %s, want 200: this release has no mark", a.Status, a.Body)
		}
		return
	case a.Status != 401 || a.Body != refusal:
		c.Errorf("%d %s, want 401 %s", a.Status, a.Body, refusal)
	}
	if a := c.send(c.django, StoryRequest("refresh", ended)); a.Status != 200 {
		c.Errorf("Django answers %d %s to the token that the edge refused, want 200: the edge blacklisted it", a.Status, a.Body)
	}
	for i, addr := range []string{c.same, c.ends} {
		if a := c.send(addr, StoryRequest("refresh", unmarked[i])); a.Status != 200 {
			c.Errorf("a token without the claim: %d %s, want 200", a.Status, a.Body)
		}
	}
}

// login returns the refresh token that Django gives user1.
func (c *passwordChange) login(password string) string {
	c.Helper()
	a := c.send(c.django, JSON(ObtainPath, `{"username":"user1","password":"`+password+`"}`))
	for _, m := range tokenMember.FindAllStringSubmatch(a.Body, -1) {
		if m[1] == "refresh" {
			return m[3]
		}
	}
	c.Fatalf("login: %d %s", a.Status, a.Body)
	return ""
}

func (c *passwordChange) send(addr string, r Request) Answer {
	c.Helper()
	a, _, err := Send(addr, r.Bytes())
	if err != nil {
		c.Fatal(err)
	}
	return a
}
