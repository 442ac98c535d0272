// SPDX-License-Identifier: Apache-2.0

package caddyrefresh

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/google/go-cmp/cmp"

	"github.com/caddyrefresh/caddyrefresh/internal/edgetest"
	"github.com/caddyrefresh/caddyrefresh/store"
	"github.com/caddyrefresh/caddyrefresh/store/storetest"
)

// TestRotationOutcomes: each outcome that a store brings has its answer, its
// count, its access log field and its line in our own log, at its level.
func TestRotationOutcomes(t *testing.T) {
	shelf := newShelf(nil)
	shelf.Is.SeesUsers = true
	shelf.SetUser("1", storetest.MemoryUser{Active: true})
	edge := startEdge(t, strings.Replace(
		spending(shelf.line(), "reuse_grace 60s", "name "+shelf.name()), "simplejwt_version 5.3", "simplejwt_version 5.5", 1))
	jti := 0
	fresh := func(user string) string {
		jti++
		return newToken(t, "--claim", "user_id="+user, "--claim", "jti=token-"+strconv.Itoa(jti))
	}
	first := fresh("1")
	second := ask(t, edge, "refresh", first).refresh
	for i, tt := range []struct {
		endpoint, token string
		prepare         func()
		want            reply // without the tokens
		level           string
	}{
		{"refresh", first, nil, reply{status: 200, outcome: "replayed"}, "debug"},
		{"refresh", second, nil, reply{status: 200, outcome: "rotated"}, "debug"},
		{"refresh", first, nil, reply{status: 401, outcome: "straggler", body: blacklistedBody}, "info"},
		{"refresh", fresh("1"), func() { shelf.says.Store(&store.Answer{Verdict: store.Reused}) }, reply{status: 401, outcome: "reused", body: blacklistedBody}, "warn"},
		{"refresh", fresh("1"), func() { shelf.says.Store(&store.Answer{Verdict: store.Refused}) }, reply{status: 401, outcome: "blacklisted", body: blacklistedBody}, "info"},
		{
			"refresh", fresh("x"), func() { shelf.says.Store(&store.Answer{Verdict: store.UserRefused, User: store.UserBadUUID}) },
			reply{status: 400, outcome: "user_refused", body: `{"non_field_errors":["“x” is not a valid UUID."]}`},
			"info",
		},
		{
			"refresh", fresh("1"), func() { shelf.says.Store(&store.Answer{Verdict: store.UserRefused, User: store.UserPasswordChanged}) },
			reply{status: 401, outcome: "user_refused", body: `{"detail":"The user's password has been changed."}`},
			"info",
		},
		{
			"refresh", fresh("2"), func() { shelf.says.Store(nil) },
			reply{status: 401, outcome: "user_refused", body: `{"detail":"No active account found for the given token."}`},
			"info",
		},
		{"blacklist", fresh("2"), nil, reply{status: 200, outcome: "revoked", body: "{}"}, "debug"},
		{
			"refresh", fresh("1"), func() { shelf.Fail(errors.New("boom")) },
			reply{status: 503, outcome: "store_error", body: `{"detail":"The token cannot be judged right now. Try again."}`},
			"error",
		},
	} {
		if tt.prepare != nil {
			tt.prepare()
		}
		got := ask(t, edge, tt.endpoint, tt.token)
		if got.status == 200 && tt.endpoint == "refresh" {
			got = reply{status: 200, outcome: got.outcome}
		}
		if got != tt.want {
			t.Errorf("%d: %+v, want %+v", i, got, tt.want)
		}
		payload := payloadOf(t, tt.token)
		id := payload["jti"].(string)
		access := edge.WaitLog(func(e edgetest.Entry) bool {
			return strings.HasPrefix(e.Text("logger"), "http.log.access") &&
				e.Text("token_refresh", "jti") == id && e.Text("token_refresh", "outcome") == tt.want.outcome
		})
		if access.Text("token_refresh", "endpoint") != tt.endpoint || access.Text("token_refresh", "user_id") == "" {
			t.Errorf("%d: access log %v", i, access)
		}
		own := edge.WaitLog(func(e edgetest.Entry) bool {
			return e.Text("logger") == "http.handlers.token_refresh" && e.Text("outcome") == tt.want.outcome && e.Text("jti") == id
		})
		if own.Text("level") != tt.level || own.Text("user_id") == "" || tt.want.status != 200 && own.Text("error") == "" {
			t.Errorf("%d: our log %v, want level %s", i, own, tt.level)
		}
	}
	metrics := edge.Metrics()
	for outcome, want := range map[string]string{
		"rotated": "2", "replayed": "1", "straggler": "1", "reused": "1", "blacklisted": "1", "user_refused": "3", "store_error": "1", "issued": "0",
	} {
		if got := counter(metrics, `caddy_token_refresh_requests_total{endpoint="refresh",name="`+shelf.name()+`",outcome="`+outcome+`"}`); got != want {
			t.Errorf("%s is counted %q times, want %s", outcome, got, want)
		}
	}
	if got := counter(metrics, `caddy_token_refresh_requests_total{endpoint="blacklist",name="`+shelf.name()+`",outcome="revoked"}`); got != "1" {
		t.Errorf("revoked is counted %q times", got)
	}
	for _, secret := range []string{first, second, second[strings.LastIndex(second, ".")+1:], testKey} {
		if strings.Contains(edge.LogText(), secret) {
			t.Error("the log shows a token or the key")
		}
	}
}

// errorsTold counts the errors in the log that begin so.
func errorsTold(edge *edgetest.Edge, begins string) (n int) {
	for _, e := range edge.Logs() {
		if e.Text("level") == "error" && strings.HasPrefix(e.Text("msg"), begins) {
			n++
		}
	}
	return n
}

// TestFaultsAreToldOnce a second, however many requests meet them.
func TestFaultsAreToldOnce(t *testing.T) {
	shelf := newShelf(nil)
	edge := startEdge(t, spending(shelf.line()))
	shelf.Fail(errors.New("boom"))
	began := time.Now()
	token := newToken(t)
	for range 20 {
		ask(t, edge, "refresh", token)
	}
	most := 1 + int(time.Since(began)/time.Second)
	told := 0
	for _, e := range edge.Logs() {
		if e.Text("level") == "error" && e.Text("logger") == "http.handlers.token_refresh" {
			told++
			if !strings.Contains(e.Text("error"), "boom") {
				t.Errorf("the cause is missing: %v", e)
			}
		}
	}
	if told < 1 || told > most {
		t.Errorf("20 faults are told %d times, want 1 to %d", told, most)
	}
}

// TestStoreMetrics: how the store fares, by what it was asked.
func TestStoreMetrics(t *testing.T) {
	shelf := newShelf(nil)
	edge := startEdge(t, spending(shelf.line(), "name "+shelf.name()))
	labels := `{name="` + shelf.name() + `",store="memory"}`
	expect := func(up, faults, offset string) {
		t.Helper()
		metrics := edge.Metrics()
		for series, want := range map[string]string{"store_up": up, "store_errors_total": faults} {
			if got := counter(metrics, "caddy_token_refresh_"+series+labels); got != want {
				t.Errorf("%s is %q, want %s", series, got, want)
			}
		}
		if got := counter(metrics, "caddy_token_refresh_store_clock_offset_seconds"+labels); !strings.HasPrefix(got, offset) {
			t.Errorf("the clock's offset is %q, want %s", got, offset)
		}
	}
	token := newToken(t)
	newest := next(t, edge, token)
	expect("1", "0", "")
	shelf.Fail(errors.New("boom"))
	ask(t, edge, "refresh", newest)
	ask(t, edge, "verify", newest)
	expect("0", "2", "")
	shelf.Fail(nil)
	ask(t, edge, "verify", newest)
	expect("1", "2", "")
	ask(t, edge, "blacklist", newest)
	for operation, want := range map[string]string{"spend": "2", "check": "2", "revoke": "1", "cut_off": "0"} {
		got := counter(edge.Metrics(), `caddy_token_refresh_store_duration_seconds_count{name="`+shelf.name()+`",operation="`+operation+`",store="memory"}`)
		if got != want {
			t.Errorf("%s was timed %q times, want %s", operation, got, want)
		}
	}

	// Counters survive a reload; a clock that is far off is an Error, once.
	shelf.Memory = storetest.NewMemory(func() time.Time { return time.Now().Add(time.Hour) })
	edge.Reload(spending(shelf.line(), "name "+shelf.name()))
	for range 3 {
		ask(t, edge, "verify", newToken(t))
	}
	expect("1", "2", "3599")
	if n := errorsTold(edge, "this machine's clock differs from the store's"); n != 1 {
		t.Errorf("a clock that is an hour off is told %d times, want once", n)
	}
}

func init() { caddy.RegisterModule(listener{}) }

// listener is the event handler `test`, which notes what it hears.
type listener struct{}

var heard struct {
	sync.Mutex
	data []map[string]any
}

// CaddyModule returns the Caddy module information.
func (listener) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "events.handlers.test", New: func() caddy.Module { return new(listener) }}
}

func (*listener) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	d.Next()
	return nil
}

func (*listener) Handle(_ context.Context, event caddy.Event) error {
	heard.Lock()
	defer heard.Unlock()
	heard.data = append(heard.data, event.Data)
	return nil
}

// TestReuseEvent: whoever listens hears of a suspected theft, and of nothing
// else; there is no token in it.
func TestReuseEvent(t *testing.T) {
	heard.data = nil
	global := "{\nevents {\non token_refresh_reuse test\n}\n}\n"
	edge := startEdge(t, global+spending("name shop", "reuse_detection"))
	token := newToken(t, "--claim", "jti=stolen", "--claim", `user_id="7"`)
	newest := next(t, edge, token)
	refused(t, edge, token, "reused")
	refused(t, edge, newest, "blacklisted")
	edge.Reload(global + spending("name shop", "reuse_grace 60s"))
	token = newToken(t)
	next(t, edge, next(t, edge, token))
	refused(t, edge, token, "straggler")

	heard.Lock()
	defer heard.Unlock()
	want := []map[string]any{{"name": "shop", "jti": "stolen", "user_id": "7", "client_ip": "127.0.0.1"}}
	if diff := cmp.Diff(want, heard.data); diff != "" {
		t.Errorf("heard (-want +got)\n%s", diff)
	}
}

// TestForeignSessionStart: a claim of that name that is not ours is told of once,
// and lifts the limit.
func TestForeignSessionStart(t *testing.T) {
	edge := startEdge(t, spending("session_lifetime 1h", "refresh_token_lifetime 2h"))
	for range 2 {
		got := next(t, edge, newToken(t, "--claim", `session_start="monday"`))
		if payload := payloadOf(t, got); payload["session_start"] != "monday" || payload["exp"].(float64) < float64(time.Now().Unix()+7000) {
			t.Errorf("the new token holds %v", payload)
		}
	}
	ours := payloadOf(t, next(t, edge, newToken(t)))
	if left := ours["exp"].(float64) - ours["session_start"].(float64); left != 3600 || ours["session_start"] != ours["iat"] && ours["session_start"].(float64) > ours["iat"].(float64) {
		t.Errorf("a token without that claim gets %v", ours)
	}
	if n := errorsTold(edge, "session_start in a token"); n != 1 {
		t.Errorf("told %d times, want once", n)
	}
}
