// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package djangostore

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/caddyrefresh/caddyrefresh/internal/conformance"
	"github.com/caddyrefresh/caddyrefresh/internal/djangotest"
	"github.com/caddyrefresh/caddyrefresh/store"
)

// post sends a token to one of Django's views.
func post(t testing.TB, url, field, token string) (int, map[string]any) {
	t.Helper()
	body, _ := json.Marshal(map[string]string{field: token})
	answer, err := http.Post(url, "application/json", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	var fields map[string]any
	_ = json.Unmarshal(text, &fields)
	return answer.StatusCode, fields
}

// rowReleases are two that differ in the rows: 5.3 writes none for the token that it
// hands out, the newest one does.
func rowReleases() []string { return []string{"5.3", conformance.Newest().Name} }

// django lets the edge and Django's own views take turns on the same sessions,
// and compares what each says of a token with what the other did to it.
func (v *live) django(t *testing.T) {
	for _, name := range rowReleases() {
		t.Run(name, func(t *testing.T) { v.turns(t, name) })
	}
}

func (v *live) turns(t *testing.T, name string) {
	p := v.project(t, djangotest.Project{Release: name, SimpleJWT: map[string]any{"ROTATE_REFRESH_TOKENS": true, "BLACKLIST_AFTER_ROTATION": true}})
	s := open(t, p, nil)
	base := p.Serve(t, 2) + "/api/token/"
	ctx := context.Background()
	signIn(t, p, "ann")
	random := rand.New(rand.NewPCG(1, 2))
	for story := range 30 {
		token := signFor(t, p, fmt.Sprintf("%032x", story+1))
		for step := range 8 {
			name := fmt.Sprintf("story %d, step %d", story, step)
			switch random.IntN(6) {
			case 0: // Django rotates: a new chain begins
				status, fields := post(t, base+"refresh/", "refresh", token.Text)
				if status != 200 {
					t.Fatalf("%s: Django answers %d %v to the edge's token", name, status, fields)
				}
				for _, grace := range []time.Duration{0, time.Hour} {
					a, err := s.Spend(ctx, spending(token, grace))
					want(t, name+": Spend after Django rotated", a, err, store.Refused)
				}
				token = parse(t, fields["refresh"].(string))
			case 1: // Django's logout
				if status, fields := post(t, base+"blacklist/", "refresh", token.Text); status != 200 {
					t.Fatalf("%s: Django's logout answers %d %v", name, status, fields)
				}
				a, err := s.Check(ctx, &store.Check{Token: token})
				want(t, name+": Check after Django's logout", a, err, store.Refused)
				token = signFor(t, p, fmt.Sprintf("%030x%02x", story+1, step))
			case 2: // the edge's logout
				if _, err := s.Revoke(ctx, &store.Revocation{Token: token}); err != nil {
					t.Fatal(err)
				}
				v.dead(t, name, base, token)
				token = signFor(t, p, fmt.Sprintf("%030x%02x", story+1, step))
			default: // the edge rotates
				before := token
				r := spending(token, time.Hour)
				r.Successor.Text = signFor(t, p, r.Successor.JTI).Text
				a, err := s.Spend(ctx, r)
				want(t, name+": Spend", a, err, store.Rotated)
				token = follow(before, a.Successor)
				v.dead(t, name, base, before)
				if status, fields := post(t, base+"verify/", "token", token.Text); status != 200 {
					t.Fatalf("%s: Django's verify answers %d %v to the successor", name, status, fields)
				}
			}
		}
	}
	// Both at once after one token: Django does not lock, so both may win, but
	// what Django spent the edge does not hand out again.
	for i := range 20 {
		token := signFor(t, p, fmt.Sprintf("race%028x", i))
		done := make(chan int)
		go func() {
			status, _ := post(t, base+"refresh/", "refresh", token.Text)
			done <- status
		}()
		a, err := s.Spend(ctx, spending(token, time.Hour))
		if status := <-done; err != nil || status != 200 && !a.Verdict.Passes() || status >= 500 {
			t.Errorf("race %d: the edge says %v, %v, Django %d", i, a.Verdict, err, status)
		}
	}
	p.Python(t, `
from rest_framework_simplejwt.token_blacklist.models import *
from datetime import *
OutstandingToken.objects.filter(id__lt=40).update(expires_at=datetime(2020, 1, 1, tzinfo=timezone.utc))`)
	p.Manage(t, "flushexpiredtokens")
	if n := p.Database.Int(t, "SELECT count(*) FROM token_blacklist_outstandingtoken WHERE id < 40"); n != 0 {
		t.Errorf("flushexpiredtokens left %d expired tokens", n)
	}
}

// dead asks Django about a token that the edge spent or revoked.
func (v *live) dead(t *testing.T, name, base string, token store.Token) {
	t.Helper()
	if status, fields := post(t, base+"refresh/", "refresh", token.Text); status != 401 || fields["detail"] != "Token is blacklisted" {
		t.Fatalf("%s: Django's refresh answers %d %v", name, status, fields)
	}
	if status, fields := post(t, base+"verify/", "token", token.Text); status != 400 || !strings.Contains(fmt.Sprint(fields), "blacklisted") {
		t.Fatalf("%s: Django's verify answers %d %v", name, status, fields)
	}
}

// signFor makes a token of user 1 with this jti.
func signFor(t testing.TB, p *djangotest.Project, jti string) store.Token {
	t.Helper()
	now := time.Now().Unix()
	return parse(t, djangotest.Sign(fmt.Sprintf(`{"token_type":"refresh","exp":%d,"iat":%d,"jti":"%s","user_id":%s}`, now+86_400, now, jti, userOne(p))))
}

// userOne is user 1 as a login of the project's release writes it into a token: a
// number in 5.3, a text in the releases of today.
func userOne(p *djangotest.Project) string {
	if p.Release == "5.3" {
		return "1"
	}
	return `"1"`
}
