// SPDX-License-Identifier: Apache-2.0

package caddyrefresh

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/caddyserver/caddy/v2"

	"github.com/caddyrefresh/caddyrefresh/store"
)

func init() {
	caddy.RegisterModule(adminAPI{})
}

// adminAPI lets an operator end sessions and ask how the stores fare. It tells
// no token, no key and no jti that the operator does not name.
//
//   - `POST /token_refresh/revoke` with `{"name":"","jti":"..."}` ends the session
//     of any token of it, and with `{"name":"","user_id":"..."}` logs a user out
//     everywhere.
//   - `GET /token_refresh/status` tells the state of each store.
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

// revocation is the body of a request to revoke: one of jti and user_id.
type revocation struct {
	Name   string          `json:"name"`
	JTI    string          `json:"jti,omitempty"`
	UserID json.RawMessage `json:"user_id,omitempty"` // a string or an integer
}

// revokedIn is what came of it in one store.
type revokedIn struct {
	Store   string `json:"store"`
	Newest  string `json:"newest_jti,omitempty"` // the token that was revoked
	CutOff  int64  `json:"cut_off,omitempty"`    // tokens issued up to this second are void
	Revoked *int64 `json:"tokens,omitempty"`     // revoked one by one, where the store does that
}

const maxAdminBody = 64 << 10

func serveRevoke(w http.ResponseWriter, r *http.Request) error {
	var request revocation
	decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxAdminBody))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&request); err != nil {
		return apiError(http.StatusBadRequest, fmt.Errorf("the body is not {\"name\":\"\",\"jti\":\"...\"} or {\"name\":\"\",\"user_id\":\"...\"}: %w", err))
	}
	userID, err := canonicalUserID(request.UserID)
	switch {
	case err != nil:
		return apiError(http.StatusBadRequest, err)
	case (request.JTI == "") == (userID == ""):
		return apiError(http.StatusBadRequest, errors.New("name one token by jti, or one user by user_id"))
	}
	if request.JTI != "" {
		if err := store.ValidJTI(request.JTI); err != nil {
			return apiError(http.StatusBadRequest, err)
		}
	}
	members := storesOf(request.Name)
	if len(members) == 0 {
		return apiError(http.StatusNotFound, fmt.Errorf("no token_refresh with a store has the name %q", request.Name))
	}
	results := make([]revokedIn, 0, len(members))
	for _, m := range members {
		result, err := m.revokeFor(r.Context(), &request, userID)
		if err != nil {
			return apiError(statusOf(err), fmt.Errorf("store %s: %w", m.Traits().Kind, err))
		}
		results = append(results, result)
	}
	return writeJSON(w, results)
}

// canonicalUserID takes a string, or the digits of an integer, so that 1 and "1"
// are one user.
func canonicalUserID(raw json.RawMessage) (string, error) {
	var text string
	if len(raw) == 0 || json.Unmarshal(raw, &text) == nil {
		return text, nil
	}
	if integer := string(raw); strings.Trim(integer, "-0123456789") == "" {
		return integer, nil
	}
	return "", errors.New("user_id is neither a string nor an integer")
}

func (m *monitoredStore) revokeFor(ctx context.Context, request *revocation, userID string) (revokedIn, error) {
	// An operator can wait longer than a client.
	ctx, cancel := context.WithTimeout(ctx, max(m.Traits().Timeout, 10*time.Second))
	defer cancel()
	result := revokedIn{Store: m.Traits().Kind}
	if request.JTI != "" {
		answer, err := m.Revoke(ctx, &store.Revocation{
			Name: request.Name, Token: store.Token{JTI: request.JTI}, Release: m.release, Reason: store.Admin,
		})
		result.Newest = answer.Newest
		return result, err
	}
	answer, err := m.CutOff(ctx, &store.CutOff{
		Name: request.Name, User: store.User{ID: userID, Kind: store.TextUser}, Release: m.release,
	})
	result.CutOff = answer.Second
	if answer.Tokens >= 0 {
		result.Revoked = &answer.Tokens
	}
	return result, err
}

func statusOf(err error) int {
	switch {
	case errors.Is(err, store.ErrUnknownToken):
		return http.StatusNotFound
	default:
		return http.StatusServiceUnavailable
	}
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
	for _, name := range memberNames() {
		for _, m := range storesOf(name) {
			states = append(states, m.state(r.Context(), name))
		}
	}
	return writeJSON(w, states)
}

func (m *monitoredStore) state(ctx context.Context, name string) storeStatus {
	ctx, cancel := context.WithTimeout(ctx, m.Traits().Timeout)
	defer cancel()
	s := m.Status(ctx)
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

func writeJSON(w http.ResponseWriter, value any) error {
	w.Header().Set("Content-Type", "application/json")
	return json.NewEncoder(w).Encode(value)
}

// Interface guard
var _ caddy.AdminRouter = adminAPI{}
