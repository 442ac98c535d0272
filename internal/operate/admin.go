// SPDX-License-Identifier: Apache-2.0

// Package operate has an operator's tools for a running edge: the admin API, and the
// commands that call it.
package operate

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/caddyserver/caddy/v2"

	"github.com/caddyrefresh/caddyrefresh/internal/stores"
)

func init() {
	caddy.RegisterModule(adminAPI{})
}

// adminAPI lets an operator end sessions and read the state of the stores. It
// shows no token, no key, and no jti that the operator does not name.
//
//   - `POST /token_refresh/revoke` with `{"name":"","jti":"..."}` ends a session,
//     named by the jti of any of its tokens. With `{"name":"","user_id":"..."}` it
//     logs a user out everywhere. That takes some seconds, since the answer waits
//     until a new login would not be revoked, too. It fails if the clocks of this
//     machine and the store differ; with `"force":true` only the store's clock counts.
//   - `GET /token_refresh/status` returns the state of each store.
//   - `GET /token_refresh/ready` has the status 503 until every store has answered once
//     and every jwk_url that is needed was fetched, then 200. It says what is missing,
//     and which stores fail now.
//   - `POST /token_refresh/check` returns the state of one store, and what it knows of
//     a token. The command check on this machine needs it, since it cannot open a
//     file that the edge holds. It writes nothing.
//   - `GET /token_refresh/compared` returns how the backend's answers compare with the
//     edge's during a rollout, and the last hundred differences.
type adminAPI struct{}

// CaddyModule returns the Caddy module information.
func (adminAPI) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{
		ID:  "admin.api.token_refresh",
		New: func() caddy.Module { return new(adminAPI) },
	}
}

// Routes implements [caddy.AdminRouter].
func (adminAPI) Routes() []caddy.AdminRoute {
	return []caddy.AdminRoute{
		{Pattern: "/token_refresh/revoke", Handler: only(http.MethodPost, serveRevoke)},
		{Pattern: "/token_refresh/status", Handler: only(http.MethodGet, serveStatus)},
		{Pattern: "/token_refresh/ready", Handler: only(http.MethodGet, serveReady)},
		{Pattern: "/token_refresh/check", Handler: only(http.MethodPost, serveCheck)},
		{Pattern: "/token_refresh/compared", Handler: only(http.MethodGet, serveCompared)},
	}
}

func only(method string, handler caddy.AdminHandlerFunc) caddy.AdminHandler {
	return caddy.AdminHandlerFunc(func(w http.ResponseWriter, r *http.Request) error {
		if r.Method != method {
			return apiError(http.StatusMethodNotAllowed, fmt.Errorf("method %s is not allowed: use %s", r.Method, method))
		}
		return handler(w, r)
	})
}

func apiError(status int, err error) error {
	return caddy.APIError{HTTPStatus: status, Err: err}
}

// storeStatus is the state of one store under one name.
type storeStatus struct {
	Name      string     `json:"name"`
	Store     string     `json:"store"`
	Up        bool       `json:"up"`
	Entries   *int64     `json:"entries,omitempty"`
	Purged    *int64     `json:"purged,omitempty"`
	LastPurge *time.Time `json:"last_purge,omitempty"`
	LastError string     `json:"last_error,omitempty"`
	ErrorAt   *time.Time `json:"last_error_at,omitempty"`
}

func serveStatus(w http.ResponseWriter, r *http.Request) error {
	states := []storeStatus{}
	for _, name := range stores.Names() {
		for _, m := range stores.Named(name) {
			states = append(states, stateOf(r.Context(), m, name))
		}
	}
	return writeJSON(w, states)
}

func stateOf(ctx context.Context, m *stores.Monitored, name string) storeStatus {
	s := m.Look(ctx, operatorTimeout)
	state := storeStatus{Name: name, Store: s.Kind, Up: s.Up, LastError: s.LastError}
	if s.Entries >= 0 {
		state.Entries = &s.Entries
	}
	if s.Purged >= 0 {
		state.Purged = &s.Purged
	}
	if !s.LastPurge.IsZero() {
		state.LastPurge = &s.LastPurge
	}
	if s.LastError != "" {
		state.ErrorAt = &s.LastErrorAt
	}
	return state
}

func writeJSON(w http.ResponseWriter, value any) error { return writeStatus(w, http.StatusOK, value) }

func writeStatus(w http.ResponseWriter, status int, value any) error {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	return json.NewEncoder(w).Encode(value)
}

// Interface guard
var _ caddy.AdminRouter = adminAPI{}
