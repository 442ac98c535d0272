// SPDX-License-Identifier: Apache-2.0

package operate

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"
	"go.uber.org/zap"

	"github.com/caddyrefresh/caddyrefresh/internal/simplejwt"
	"github.com/caddyrefresh/caddyrefresh/internal/stores"
	"github.com/caddyrefresh/caddyrefresh/store"
	"github.com/caddyrefresh/caddyrefresh/store/storetest"
)

// serveAdmin serves the admin API over HTTP, as Caddy does.
func serveAdmin(t *testing.T) (address string) {
	t.Helper()
	mux := http.NewServeMux()
	for _, route := range new(adminAPI).Routes() {
		mux.HandleFunc(route.Pattern, func(w http.ResponseWriter, r *http.Request) {
			if err := route.Handler.ServeHTTP(w, r); err != nil {
				var api caddy.APIError
				if !errors.As(err, &api) {
					t.Errorf("%v is no answer of the API", err)
				}
				http.Error(w, `{"error":"`+strings.ReplaceAll(api.Err.Error(), `"`, `'`)+`"}`, api.HTTPStatus)
			}
		})
	}
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return strings.TrimPrefix(server.URL, "http://")
}

// TestRunningEdge asks an edge over its admin API about the store that it has, by
// its name and place, and about a token in it. A store that it does not have is not
// taken for one that is well.
func TestRunningEdge(t *testing.T) {
	memory := storetest.NewMemory(time.Now)
	m := stores.Monitor(memory, []byte(`{"path":"here"}`), "check", zap.NewNop())
	key, err := simplejwt.NewKey("HS256", []byte("a secret of thirty-two bytes or more"), false)
	if err != nil {
		t.Fatal(err)
	}
	member := &stores.Member{Name: "check", Keys: []*simplejwt.Key{key}, Store: m}
	if _, err := stores.Join(member, t.Name()); err != nil {
		t.Fatal(err)
	}
	defer member.Leave()
	e := &runningEdge{adminFlags{address: serveAdmin(t)}}

	token := store.Token{JTI: "a", IssuedAt: 1, ExpiresAt: time.Now().Unix() + 3600, User: store.User{ID: "1", Kind: store.IntegerUser}}
	question := &store.Check{Name: "check", Token: token}
	peek := func(want store.Verdict) {
		t.Helper()
		if a, err := e.Peek(t.Context(), m.Resource(), question); err != nil || a.Verdict != want {
			t.Errorf("Peek = %v, %v; want %v", a.Verdict, err, want)
		}
	}
	if s, err := e.Look(t.Context(), "check", m.Resource()); err != nil || !s.Up {
		t.Errorf("Look = %+v, %v", s, err)
	}
	peek(store.Live)
	if _, err := memory.CutOff(t.Context(), &store.CutOff{Name: "check", User: token.User, Second: 1, Lifetime: time.Hour}); err != nil {
		t.Fatal(err)
	}
	peek(store.Refused) // by its user and its iat, which have to come through

	memory.Fail(errors.New("no space left"))
	if s, err := e.Look(t.Context(), "check", m.Resource()); err != nil || s.Up || s.LastError != "no space left" {
		t.Errorf("Look = %+v, %v; want it down", s, err)
	}
	if _, err := e.Peek(t.Context(), m.Resource(), question); err == nil || !strings.Contains(err.Error(), "no space left") {
		t.Errorf("Peek: %v", err)
	}
	for name, resource := range map[string]string{"check": "elsewhere", "other": m.Resource()} {
		if s, err := e.Look(t.Context(), name, resource); err == nil || !strings.Contains(err.Error(), "has this store") {
			t.Errorf("%s, %s: Look = %+v, %v", name, resource, s, err)
		}
	}
}
