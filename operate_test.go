// SPDX-License-Identifier: Apache-2.0

package caddyrefresh

import (
	"encoding/json"
	"io"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/caddyrefresh/caddyrefresh/internal/edgetest"
)

// TestOutcomesAreSeen: each outcome has its count, its access log field and its
// line in our own log, at a level that fits.
func TestOutcomesAreSeen(t *testing.T) {
	const config = `
		http://127.0.0.1:{{port}} {
			log
			log_append outcome {http.token_refresh.outcome}
			header >X-Outcome {http.token_refresh.outcome}
			header >X-User {http.token_refresh.user_id}
			header >X-ID {http.token_refresh.jti}
			token_refresh {
				signing_key {env.DJANGO_SECRET_KEY}
				verify_path /api/token/verify
				name {args[0]}
				rotate_refresh_tokens {args[1]}
			}
		}
	`
	for _, rotate := range []string{"on", "off"} {
		t.Run("rotation "+rotate, func(t *testing.T) {
			name := uniqueName()
			edge := startEdge(t, strings.NewReplacer("{args[0]}", name, "{args[1]}", rotate).Replace(config))
			type seen struct {
				endpoint, outcome, user, jti string
			}
			success := map[string]string{"on": "rotated", "off": "issued"}[rotate]
			for _, tt := range []struct {
				path, body string
				seen
			}{
				{"/api/token/refresh", refreshBody(newToken(t, "--claim", "jti=one")), seen{"refresh", success, "1", "one"}},
				{"/api/token/refresh", refreshBody(newToken(t, "--claim", "jti=two", "--claim", `user_id="x\r\n{}"`)), seen{"refresh", success, "x\r\n{}", "two"}},
				{"/api/token/refresh", `{}`, seen{"refresh", "bad_request", "", ""}},
				{"/api/token//refresh", `{}`, seen{"refresh", "bad_request", "", ""}},
				{"/api/token/refresh", refreshBody("a.b.c"), seen{"refresh", "invalid", "", ""}},
				{"/api/token/refresh", refreshBody(newToken(t, "--lifetime", "-1s", "--claim", "jti=old")), seen{"refresh", "expired", "1", "old"}},
				{"/api/token/refresh", refreshBody(newToken(t, "--claim", "jti=a", "--claim", "token_type=access")), seen{"refresh", "wrong_type", "1", "a"}},
				{"/api/token/verify", `{"token":"` + newToken(t, "--claim", "jti=v") + `"}`, seen{"verify", "verified", "1", "v"}},
			} {
				res, _ := edge.Do("POST", tt.path, tt.body, "Content-Type", jsonType)
				got := seen{tt.endpoint, res.Header.Get("X-Outcome"), res.Header.Get("X-User"), res.Header.Get("X-ID")}
				if tt.user == "x\r\n{}" { // a header cannot hold it
					got.user = tt.user
				}
				if got != tt.seen {
					t.Errorf("placeholders: %+v, want %+v", got, tt.seen)
				}
				access := edge.WaitLog(func(e edgetest.Entry) bool {
					return strings.HasPrefix(e.Text("logger"), "http.log.access") && e.Text("token_refresh", "jti") == tt.jti &&
						e.Text("token_refresh", "outcome") == tt.outcome
				})
				got = seen{access.Text("token_refresh", "endpoint"), access.Text("outcome"), access.Text("token_refresh", "user_id"), access.Text("token_refresh", "jti")}
				if got != tt.seen {
					t.Errorf("access log: %+v, want %+v", got, tt.seen)
				}
				own := edge.WaitLog(func(e edgetest.Entry) bool {
					return e.Text("logger") == "http.handlers.token_refresh" && e.Text("outcome") == tt.outcome && e.Text("jti") == tt.jti
				})
				if own.Text("level") != "debug" || own.Text("user_id") != tt.user {
					t.Errorf("our log: %v", own)
				}
			}
			for series, want := range map[string]string{
				`{endpoint="refresh",name="` + name + `",outcome="` + success + `"}`: "2",
				`{endpoint="refresh",name="` + name + `",outcome="bad_request"}`:     "2",
				`{endpoint="refresh",name="` + name + `",outcome="invalid"}`:         "1",
				`{endpoint="refresh",name="` + name + `",outcome="expired"}`:         "1",
				`{endpoint="refresh",name="` + name + `",outcome="wrong_type"}`:      "1",
				`{endpoint="verify",name="` + name + `",outcome="verified"}`:         "1",
				`{endpoint="verify",name="` + name + `",outcome="invalid"}`:          "0",
			} {
				if got := counter(edge.Metrics(), "caddy_token_refresh_requests_total"+series); got != want {
					t.Errorf("%s is %q, want %s", series, got, want)
				}
			}
			if got := counter(edge.Metrics(), `caddy_token_refresh_duration_seconds_count{endpoint="refresh",name="`+name+`"}`); got != "7" {
				t.Errorf("%s durations, want 7", got)
			}
		})
	}
}

var names atomic.Int64

// uniqueName returns a handler's name that nobody has counted under yet: counters
// outlive an edge.
func uniqueName() string { return "edge-" + strconv.FormatInt(names.Add(1), 10) }

// counter returns the value of a series in Prometheus' text format.
func counter(metrics, series string) string {
	_, rest, _ := strings.Cut(metrics, "\n"+series+" ")
	value, _, _ := strings.Cut(rest, "\n")
	return value
}

// TestCountersSurviveReloads guards against collectors that a new configuration
// makes anew, or fails to register a second time.
func TestCountersSurviveReloads(t *testing.T) {
	name := uniqueName()
	config := `
		http://127.0.0.1:{{port}} {
			token_refresh {
				signing_key {env.DJANGO_SECRET_KEY}
				name ` + name + `
			}
		}
	`
	edge := startEdge(t, config)
	for _, want := range []string{"1", "2", "3"} {
		edge.Do("POST", "/api/token/refresh", "{}", "Content-Type", jsonType)
		got := counter(edge.Metrics(), `caddy_token_refresh_requests_total{endpoint="refresh",name="`+name+`",outcome="bad_request"}`)
		if got != want {
			t.Errorf("counted %s, want %s", got, want)
		}
		edge.Reload(config)
	}
}

// TestSecretsStayInside: with everything turned on that talks, neither the key
// nor a token can be read anywhere.
func TestSecretsStayInside(t *testing.T) {
	edge := startEdge(t, `
		{
			debug
			servers {
				trace
			}
			metrics
		}
		http://127.0.0.1:{{port}} {
			log
			token_refresh {
				signing_key {env.DJANGO_SECRET_KEY}
				rotate_refresh_tokens
			}
		}
	`)
	token := newToken(t)
	_, answer := edge.Do("POST", "/api/token/refresh", refreshBody(token), "Content-Type", jsonType)
	edge.Do("POST", "/api/token/refresh", `{"refresh":"`+token, "Content-Type", jsonType)
	edge.Do("POST", "/api/token/refresh", refreshBody(token+"x"), "Content-Type", jsonType)
	var pair struct{ Access, Refresh string }
	if err := json.Unmarshal([]byte(answer), &pair); err != nil {
		t.Fatalf("%v: %s", err, answer)
	}
	edge.WaitLog(func(e edgetest.Entry) bool { return e.Text("token_refresh", "outcome") == "invalid" })
	for place, text := range map[string]string{
		"the log":           edge.LogText(),
		"/config/":          edge.Admin("GET", "/config/", ""),
		"/metrics":          edge.Metrics(),
		"the adapted JSON":  string(edge.Adapted),
		"/debug/pprof/heap": edge.Admin("GET", "/debug/pprof/goroutine?debug=2", ""),
	} {
		if len(text) < 100 {
			t.Errorf("%s is only %q", place, text)
		}
		for what, secret := range map[string]string{
			"the key": testKey, "the refresh token": token, "its signature": token[strings.LastIndex(token, ".")+1:],
			"the new access token": pair.Access, "the new refresh token": pair.Refresh,
		} {
			if strings.Contains(text, secret) {
				t.Errorf("%s shows %s", place, what)
			}
		}
	}
}

// TestLoadMessages wants a word at load about what an operator may not know.
func TestLoadMessages(t *testing.T) {
	t.Setenv("TEST_SHORT_KEY", "short")
	setTestKeys(t)
	own := newShelf(nil).line()
	shared := newShelf(nil)
	shared.Is.SeesUsers, shared.Is.SharesBackend = true, true // as the django store's
	django := shared.line()
	for name, tt := range map[string]struct {
		settings string
		want     map[string]string // the beginning of a message, and its level
	}{
		"unset versions": {"signing_key {env.DJANGO_SECRET_KEY}", map[string]string{"answering as a backend with SimpleJWT 5.3.1, PyJWT ": "info"}},
		"unset DRF":      {"signing_key {env.DJANGO_SECRET_KEY}\npyjwt_version 2.8\nsimplejwt_version 5.3", map[string]string{"answering as a backend with SimpleJWT 5.3.1, PyJWT 2.8.0, ": "info"}},
		"set versions":   {"signing_key {env.DJANGO_SECRET_KEY}\nsimplejwt_version 5.3", nil},
		"newer version":  {"signing_key {env.DJANGO_SECRET_KEY}\nsimplejwt_version 9.1", map[string]string{"simplejwt_version 9.1 is newer than this edge knows": "warn", "SimpleJWT 5.5 refuses": "warn"}},
		"lifetimes alike": {"signing_key {env.DJANGO_SECRET_KEY}\nsimplejwt_version 5.3\naccess_token_lifetime 1d", map[string]string{
			"access_token_lifetime is not shorter than": "warn",
		}},
		"previous key alike": {"signing_key {env.DJANGO_SECRET_KEY}\nsimplejwt_version 5.3\nprevious_key {env.DJANGO_SECRET_KEY}", map[string]string{
			"previous_key is the same key as signing_key": "warn",
		}},
		"versions apart":    {"signing_key {env.DJANGO_SECRET_KEY}\nsimplejwt_version 5.2.0", map[string]string{"SimpleJWT 5.2.0 cannot be imported": "warn"}},
		"users unseen":      {"signing_key {env.DJANGO_SECRET_KEY}\nsimplejwt_version 5.4", map[string]string{"SimpleJWT 5.4 refuses tokens of users": "warn"}},
		"users asked about": {"signing_key {env.DJANGO_SECRET_KEY}\nsimplejwt_version 5.4\nuser_check https://backend/{user_id} {\nheader X-Edge-Secret {env.DJANGO_SECRET_KEY}\nheader Host api\n}", nil},
		"literal secret": {"signing_key {env.DJANGO_SECRET_KEY}\nsimplejwt_version 5.4\nuser_check https://backend/{user_id} {\nheader X-Edge-Secret literal\n}", map[string]string{
			"user_check: header X-Edge-Secret is written out": "warn",
		}},
		"literal key":     {"signing_key " + testKey + "\nsimplejwt_version 5.2", map[string]string{"signing_key is written out": "warn"}},
		"short key":       {"signing_key {env.TEST_SHORT_KEY}\nsimplejwt_version 5.2\nallow_short_key", map[string]string{"signing_key is shorter": "warn"}},
		"key long enough": {"signing_key {env.DJANGO_SECRET_KEY}\nsimplejwt_version 5.2\nallow_short_key", nil},
		"literal password": {
			"signing_key {env.TEST_P256}\nalgorithm ES256\nsimplejwt_version 5.3\njwk_url https://edge:literal@issuer.example/jwks.json",
			map[string]string{"the password in jwk_url is written out": "warn"},
		},
		"own store": {"signing_key {env.DJANGO_SECRET_KEY}\nsimplejwt_version 5.3\n" + own, map[string]string{
			"this store does not see what Django blacklists": "warn",
		}},
		"own store that spends": {"signing_key {env.DJANGO_SECRET_KEY}\nsimplejwt_version 5.3\nrotate_refresh_tokens\nblacklist_after_rotation\n" + own, map[string]string{
			"this store does not see what Django blacklists":   "warn",
			"blacklist_after_rotation has an effect in Django": "warn",
		}},
		"django store": {"signing_key {env.DJANGO_SECRET_KEY}\nsimplejwt_version 5.5\nrotate_refresh_tokens\nblacklist_after_rotation\nreuse_grace 10s\n" +
			"reuse_detection\ncheck_user_is_active\nend_sessions_on_password_change\nrevoke_token_claim pw\ncheck_revoke_token\n" + django, nil},
		"no rotation": {"signing_key {env.DJANGO_SECRET_KEY}\nsimplejwt_version 5.3\nblacklist_after_rotation\n" + django, map[string]string{
			"blacklist_after_rotation without rotate_refresh_tokens": "warn",
		}},
		"late retries without detection": {"signing_key {env.DJANGO_SECRET_KEY}\nsimplejwt_version 5.3\nrotate_refresh_tokens\nblacklist_after_rotation\nreuse_grace 10s\nlate_retry 1d\n" + django, map[string]string{
			"late_retry without reuse_detection": "warn",
		}},
		"detection without a grace": {"signing_key {env.DJANGO_SECRET_KEY}\nsimplejwt_version 5.3\nrotate_refresh_tokens\nblacklist_after_rotation\nreuse_detection\n" + django, map[string]string{
			"reuse_detection without reuse_grace": "warn",
		}},
		"ignored by 5.3": {"signing_key {env.DJANGO_SECRET_KEY}\nsimplejwt_version 5.3\ncheck_user_is_active\ncheck_revoke_token\nrevoke_token_claim pw\n" + django, map[string]string{
			"SimpleJWT 5.3 does not know check_user_is_active":  "warn",
			"SimpleJWT 5.3 does not look at check_revoke_token": "warn",
			"revoke_token_claim has no effect":                  "warn",
		}},
		"ignored by 5.5": {"signing_key {env.DJANGO_SECRET_KEY}\nsimplejwt_version 5.5\ncheck_user_is_active\ncheck_revoke_token\n" + django, map[string]string{
			"SimpleJWT 5.5 does not look at check_revoke_token": "warn",
		}},
		"ignored without a store": {"signing_key {env.DJANGO_SECRET_KEY}\nsimplejwt_version 5.3\ncheck_user_is_active off\ncheck_revoke_token\n", map[string]string{
			"SimpleJWT 5.3 does not look at check_revoke_token": "warn",
		}},
		"no marks in 5.2": {"signing_key {env.DJANGO_SECRET_KEY}\nsimplejwt_version 5.2\nend_sessions_on_password_change\n" + django, map[string]string{
			"SimpleJWT 5.2 does not know CHECK_REVOKE_TOKEN": "warn",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			if strings.Contains(tt.settings, "\nsimplejwt_version") && !strings.Contains(tt.settings, "pyjwt_version") {
				tt.settings += "\npyjwt_version 2.15\ndrf_version 3.18\ndjango_version 5.2"
			}
			edge := startEdge(t, "http://127.0.0.1:{{port}} {\ntoken_refresh {\n"+tt.settings+"\n}\n}\n")
			got := make(map[string]string)
			for _, entry := range edge.Logs() {
				if entry.Text("logger") == "http.handlers.token_refresh" {
					got[entry.Text("msg")] = entry.Text("level")
				}
			}
			for message, level := range got {
				found := false
				for begins, wantLevel := range tt.want {
					found = found || strings.HasPrefix(message, begins) && level == wantLevel
				}
				if !found {
					t.Errorf("unexpected: %s: %s", level, message)
				}
			}
			if len(got) != len(tt.want) {
				t.Errorf("%d messages, want %d: %v", len(got), len(tt.want), got)
			}
		})
	}
}

// refreshPatiently sends a refresh again where the connection broke before there
// was an answer: while Caddy reloads, the kernel may hand a connection to a
// listener that closes.
func refreshPatiently(t *testing.T, edge *edgetest.Edge, body string) (status int, answer string) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(time.Millisecond) {
		res, err := edge.Client.Post(edge.URL+"/api/token/refresh", jsonType, strings.NewReader(body))
		if err != nil && time.Now().Before(deadline) {
			continue
		}
		if err != nil {
			t.Error(err)
			return 0, ""
		}
		defer res.Body.Close()
		text, err := io.ReadAll(res.Body)
		if err != nil {
			t.Error(err)
		}
		return res.StatusCode, string(text)
	}
}

// TestReloadsUnderLoad: requests go on while configurations come and go, and
// nothing is left behind.
func TestReloadsUnderLoad(t *testing.T) {
	const reloads = 40
	const config = `
		http://127.0.0.1:{{port}} {
			token_refresh {
				signing_key {env.DJANGO_SECRET_KEY}
			}
		}
	`
	edge := startEdge(t, config)
	body := refreshBody(newToken(t))
	edge.Reload(config)
	before := runtime.NumGoroutine()

	stop := make(chan struct{})
	var clients sync.WaitGroup
	for range 4 {
		clients.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if status, answer := refreshPatiently(t, edge, body); status != 200 {
					t.Errorf("%d %s", status, answer)
					return
				}
			}
		})
	}
	for range reloads {
		edge.Reload(config)
	}
	close(stop)
	clients.Wait()
	edge.Client.CloseIdleConnections()

	deadline := time.Now().Add(30 * time.Second)
	for runtime.NumGoroutine() > before+reloads/4 {
		if time.Now().After(deadline) {
			t.Fatalf("%d goroutines before %d reloads, %d after", before, reloads, runtime.NumGoroutine())
		}
		time.Sleep(10 * time.Millisecond)
	}
}
