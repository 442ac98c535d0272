// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package traces

import (
	"encoding/base64"
	"encoding/json"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	_ "github.com/caddyrefresh/caddyrefresh" // the directive
	"github.com/caddyrefresh/caddyrefresh/internal/djangotest"
	"github.com/caddyrefresh/caddyrefresh/internal/edgetest"
	"github.com/caddyrefresh/caddyrefresh/internal/otlptest"
	"github.com/caddyrefresh/caddyrefresh/internal/redistest"
	_ "github.com/caddyrefresh/caddyrefresh/store/djangostore"
	_ "github.com/caddyrefresh/caddyrefresh/store/redisstore"
)

// site is a traced site, on a port of its own.
func site(port, store string) string {
	return `
		http://127.0.0.1:{{` + port + `}} {
			tracing {
				span ` + port + `
			}
			token_refresh {
				simplejwt_version 5.5
				signing_key {env.TRACED_KEY}
				rotate_refresh_tokens
				blacklist_after_rotation
				verify_path /api/token/verify
				blacklist_path /api/token/blacklist
				` + store + ` {
					timeout 5s
				}
			}
		}
	`
}

// logins are refresh tokens that Django hands out.
func logins(t *testing.T, project *djangotest.Project) (tokens [4]string) {
	t.Helper()
	printed := strings.Fields(project.Python(t, `
from django.contrib.auth import get_user_model
from rest_framework_simplejwt.tokens import RefreshToken
user = get_user_model().objects.create(username="ann")
for _ in range(`+strconv.Itoa(len(tokens))+`):
    print(RefreshToken.for_user(user))`))
	if copy(tokens[:], printed) != len(tokens) {
		t.Fatalf("Django printed %d tokens, want %d", len(printed), len(tokens))
	}
	return tokens
}

// jtiOf reads the jti out of a token.
func jtiOf(t *testing.T, token string) string {
	t.Helper()
	var claims struct{ JTI string }
	payload, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[1])
	if err == nil {
		err = json.Unmarshal(payload, &claims)
	}
	if err != nil || claims.JTI == "" {
		t.Fatalf("the payload %s has no jti: %v", payload, err)
	}
	return claims.JTI
}

// asked is a request that was traced.
type asked struct{ site, endpoint, outcome, question, fault string }

// TestStores: questions to Redis and to Django's tables in PostgreSQL are spans by the
// conventions, also where the server hangs or is gone, and hold no secret.
func TestStores(t *testing.T) {
	collector := otlptest.Start(t)
	redis := redistest.Start(t)
	postgres := djangotest.Start(t, "postgres", false)
	project := &djangotest.Project{Release: "5.5", Database: postgres.Create(t, "")}
	project.Migrate(t)
	t.Setenv("TRACED_KEY", djangotest.SecretKey)
	t.Setenv("TRACED_DATABASE", project.Database.URL)
	edge := edgetest.Start(t, site("port", "store redis "+redis.Addr)+site("port2", "store django {env.TRACED_DATABASE}"))

	secrets := map[string]string{"the key": djangotest.SecretKey, "the database's password": djangotest.AdminPassword}
	keep := func(token string) {
		secrets["a jti"+strconv.Itoa(len(secrets))] = jtiOf(t, token)
		for _, part := range strings.Split(token, ".")[1:] {
			secrets["a part of a token"+strconv.Itoa(len(secrets))] = part
		}
	}
	post := func(port, endpoint, token string) (status int, refresh string) {
		t.Helper()
		field := "refresh"
		if endpoint == "verify" {
			field = "token"
		}
		url := "http://127.0.0.1:" + edge.Value(port) + "/api/token/" + endpoint + "/"
		res, err := edge.Client.Post(url, "application/json", strings.NewReader(`{"`+field+`":"`+token+`"}`))
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		var pair struct{ Access, Refresh string }
		if err := json.NewDecoder(res.Body).Decode(&pair); err != nil {
			t.Fatal(err)
		}
		for _, made := range []string{pair.Access, pair.Refresh} {
			if made != "" {
				keep(made)
			}
		}
		return res.StatusCode, pair.Refresh
	}
	var want []asked
	ask := func(status int, token string, as asked) (refresh string) {
		t.Helper()
		got, refresh := post(as.site, as.endpoint, token)
		if got != status {
			t.Fatalf("%+v: %d, want %d", as, got, status)
		}
		want = append(want, as)
		return refresh
	}

	tokens := logins(t, project)
	for _, token := range tokens {
		keep(token)
	}
	for i, port := range []string{"port", "port2"} {
		second := ask(200, tokens[i], asked{port, "refresh", "rotated", "spend", ""})
		ask(200, second, asked{port, "verify", "verified", "check", ""})
		ask(200, second, asked{port, "blacklist", "revoked", "revoke", ""})
		ask(401, second, asked{port, "refresh", "blacklisted", "spend", ""})
	}
	redis.Pause()
	ask(503, tokens[2], asked{"port", "refresh", "store_error", "spend", "timeout"})
	redis.Resume()
	postgres.Stop(true)
	ask(503, tokens[3], asked{"port2", "refresh", "store_error", "spend", "unavailable"})

	redisPort, err := strconv.Atoi(redis.Port)
	if err != nil {
		t.Fatal(err)
	}
	stores := map[string]struct {
		kind, system, namespace string
		port                    int
	}{
		"port":  {"redis", "redis", "0", redisPort},
		"port2": {"django", "postgresql", project.Database.Name, postgres.Port},
	}
	for i, span := range collector.WaitRoots(t, len(want)) {
		as, store := want[i], stores[want[i].site]
		attributes := map[string]string{
			"db.system.name": store.system, "db.operation.name": as.question, "db.namespace": store.namespace,
			"server.address": "127.0.0.1", "server.port": strconv.Itoa(store.port),
		}
		if as.fault != "" {
			attributes["error.type"] = as.fault
		}
		below := []*otlptest.Span{{Name: as.question + " " + store.namespace, Kind: "client", Failed: as.fault != "", Attributes: attributes}}
		if diff := cmp.Diff(below, span.Below); diff != "" {
			t.Errorf("%+v, below (-want +got):\n%s", as, diff)
		}
		got := asked{span.Name, span.Attributes["token_refresh.endpoint"], span.Attributes["token_refresh.outcome"], as.question, as.fault}
		if got != as || span.Attributes["token_refresh.store"] != store.kind {
			t.Errorf("the span is of %+v, store %q; want %+v, %q", got, span.Attributes["token_refresh.store"], as, store.kind)
		}
	}
	exported := collector.Text()
	if !strings.Contains(exported, "token_refresh.outcome") {
		t.Fatal("the exported bytes do not hold an attribute that the spans have")
	}
	for what, secret := range secrets {
		if strings.Contains(exported, secret) {
			t.Errorf("%s is exported", what)
		}
	}
}
