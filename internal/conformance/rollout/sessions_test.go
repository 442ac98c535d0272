// SPDX-License-Identifier: Apache-2.0

//go:build conformance && switching

package rollout

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/caddyrefresh/caddyrefresh/internal/compare"
	"github.com/caddyrefresh/caddyrefresh/internal/conformance"
	"github.com/caddyrefresh/caddyrefresh/internal/djangotest"
	"github.com/caddyrefresh/caddyrefresh/internal/edgetest"
)

// project is a Django that spends refresh tokens, and where it listens.
func project(t *testing.T, kind string, lifetime int) (p *djangotest.Project, address string) {
	t.Helper()
	p = &djangotest.Project{
		Release: conformance.Newest().Name, Database: djangotest.Start(t, kind, false).Create(t, ""),
		SimpleJWT: map[string]any{"ROTATE_REFRESH_TOKENS": true, "BLACKLIST_AFTER_ROTATION": true, "REFRESH_TOKEN_LIFETIME": lifetime},
	}
	p.Migrate(t)
	return p, strings.TrimPrefix(p.Serve(t, 2), "http://")
}

// logIn makes users and returns a refresh token of each.
func logIn(t *testing.T, p *djangotest.Project, n int) (tokens []string) {
	t.Helper()
	out := p.Python(t, fmt.Sprintf(`
import json
from django.contrib.auth.models import User
from rest_framework_simplejwt.tokens import RefreshToken
first = User.objects.count()
User.objects.bulk_create([User(username=f"user{first + i}") for i in range(%d)])
print(json.dumps([str(RefreshToken.for_user(u)) for u in User.objects.order_by("pk")[first:]]))`, n))
	if err := json.Unmarshal([]byte(out), &tokens); err != nil || len(tokens) != n {
		t.Fatalf("%v: %.200s", err, out)
	}
	return tokens
}

// present shows a token to an endpoint and returns the refresh token that came of it,
// and whether the edge answered.
func present(t *testing.T, address, endpoint, token string) (status int, next string, here bool) {
	t.Helper()
	got, header, err := conformance.Send(address, conformance.StoryRequest(endpoint, token).Bytes())
	if err != nil {
		t.Fatal(err)
	}
	var pair struct{ Refresh string }
	_ = json.Unmarshal([]byte(got.Body), &pair)
	return got.Status, pair.Refresh, header.Get("Cache-Control") == "no-store"
}

// TestShareChanges: with Django's tables as the store no session is lost while the
// share goes up and down, and who lost an answer of the edge's before a change gets it
// after.
func TestShareChanges(t *testing.T) {
	for _, kind := range []string{"sqlite", "postgres"} {
		t.Run(kind, func(t *testing.T) { shareChanges(t, kind) })
	}
}

func shareChanges(t *testing.T, kind string) {
	p, backend := project(t, kind, 3600)
	t.Setenv("ROLLOUT_DATABASE", p.Database.URL)
	lines := append(conformance.MustSet(p.Release).Versions().Lines(),
		"signing_key "+djangotest.SecretKey, "refresh_token_lifetime 1h", "rotate_refresh_tokens", "blacklist_after_rotation", "reuse_grace 60s",
		"store django {env.ROLLOUT_DATABASE} {\n\ttimeout 10s\n}", "verify_path /api/token/verify")
	config := func(share string) string { return quiet + site("port", backend, append(lines, "rollout "+share)...) }
	edge := edgetest.Start(t, config("100%"))
	address := "127.0.0.1:" + edge.Value("port")
	tokens := logIn(t, p, 40)
	for _, share := range []string{"100%", "30%", "0%", "60%", "0%"} {
		edge.Reload(config(share))
		answers := map[bool]int{}
		lost := map[int]string{} // the token that a client still has, by its session
		for i, token := range tokens {
			status, next, here := present(t, address, "refresh", token)
			if status != http.StatusOK || next == "" {
				t.Fatalf("at %s session %d is lost: %d", share, i, status)
			}
			answers[here]++
			if tokens[i] = next; here && i%2 == 0 {
				lost[i] = token
			}
		}
		t.Logf("at %s the edge answers for %d sessions, Django for %d", share, answers[true], answers[false])
		if (share == "100%") != (answers[false] == 0) || (share == "0%") != (answers[true] == 0) {
			t.Errorf("at %s the edge answers for %d sessions, Django for %d", share, answers[true], answers[false])
		}
		edge.Reload(config("0%"))
		for i, token := range lost {
			status, next, _ := present(t, address, "refresh", token)
			if status != http.StatusOK || next != tokens[i] {
				t.Errorf("from %s to 0%%: session %d repeats and gets %d, and another token: %v", share, i, status, next != tokens[i])
			}
		}
		// What Django itself refuses stays refused.
		for i := range 4 {
			_, next, _ := present(t, address, "refresh", tokens[i])
			if status, _, here := present(t, address, "refresh", tokens[i]); status != http.StatusUnauthorized || here {
				t.Errorf("a token that Django spent: %d, from the edge: %v", status, here)
			}
			tokens[i] = next
		}
		for _, d := range settled(t, edge, 4).Differences {
			if d.Result == compare.Differs {
				t.Errorf("after %s: %+v", share, d)
			}
		}
	}
	if errors := edge.LogText(); strings.Contains(errors, `"level":"error"`) {
		t.Error(errors)
	}
}

// TestSwitchWithFile: an edge with a file store that was at 0% for one refresh
// lifetime revives no token that Django spent, and loses no session.
func TestSwitchWithFile(t *testing.T) {
	const lifetime = 15
	p, backend := project(t, "sqlite", lifetime)
	lines := append(conformance.MustSet(p.Release).Versions().Lines(),
		"signing_key "+djangotest.SecretKey, fmt.Sprintf("refresh_token_lifetime %ds", lifetime), "rotate_refresh_tokens", "blacklist_after_rotation",
		"reuse_grace 60s", "store file {\n\ttimeout 10s\n}", "blacklist_path /api/token/blacklist")
	config := func(share string) string { return quiet + site("port", backend, append(lines, "rollout "+share)...) }
	tokens := logIn(t, p, 12)
	var spent []string
	spend := func(address string) {
		for i, token := range tokens {
			status, next, here := present(t, address, "refresh", token)
			if status != http.StatusOK || here {
				t.Fatalf("session %d: %d, from the edge: %v", i, status, here)
			}
			spent, tokens[i] = append(spent, token), next
		}
	}
	spend(backend) // before the edge is there
	edge := edgetest.Start(t, config("0%"))
	address := "127.0.0.1:" + edge.Value("port")
	for began := time.Now(); time.Since(began) < (lifetime+1)*time.Second; time.Sleep(time.Second) {
		spend(address)
	}
	loggedOut := logIn(t, p, 1)[0]
	if status, _, here := present(t, address, "blacklist", loggedOut); status != http.StatusOK || here {
		t.Errorf("logging out: %d, from the edge: %v", status, here)
	}
	spend(address)
	edge.Reload(config("100%"))
	for i, token := range append(spent, loggedOut) {
		if status, _, here := present(t, address, "refresh", token); status != http.StatusUnauthorized || !here {
			t.Errorf("token %d of %d that Django spent: %d, from the edge: %v", i, len(spent)+1, status, here)
		}
	}
	for i, token := range tokens {
		if status, next, here := present(t, address, "refresh", token); status != http.StatusOK || next == "" || !here {
			t.Errorf("session %d: %d, from the edge: %v", i, status, here)
		}
	}
	t.Logf("%d tokens that Django spent are refused", len(spent))
	if errors := edge.LogText(); strings.Contains(errors, `"level":"error"`) {
		t.Error(errors)
	}
}
