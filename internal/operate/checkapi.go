// SPDX-License-Identifier: Apache-2.0

package operate

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"

	"github.com/caddyrefresh/caddyrefresh/internal/check"
	"github.com/caddyrefresh/caddyrefresh/internal/stores"
	"github.com/caddyrefresh/caddyrefresh/store"
)

// checkQuestion asks an edge about a store that it holds.
type checkQuestion struct {
	Name     string        `json:"name"`
	Resource string        `json:"resource"` // as stores.Monitored has it
	Token    *checkedToken `json:"token,omitempty"`
}

// checkedToken has the facts of a token that a store needs. It is not the token itself.
type checkedToken struct {
	JTI       string         `json:"jti"`
	IssuedAt  int64          `json:"iat"`
	ExpiresAt int64          `json:"exp"`
	UserID    string         `json:"user_id"`
	UserKind  store.UserKind `json:"user_kind"`
}

// checkAnswer is the state of the store, or what it knows of the token.
type checkAnswer struct {
	Status  *storeStatus  `json:"status,omitempty"`
	Verdict store.Verdict `json:"verdict,omitempty"`
}

func serveCheck(w http.ResponseWriter, r *http.Request) error {
	var q checkQuestion
	decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxAdminBody))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&q); err != nil {
		return apiError(http.StatusBadRequest, fmt.Errorf("the body is not what this version of the command check sends: %w", err))
	}
	named := stores.Named(q.Name)
	i := slices.IndexFunc(named, func(m *stores.Monitored) bool { return m.Resource() == q.Resource })
	if i < 0 {
		return apiError(http.StatusNotFound, fmt.Errorf("no token_refresh with the name %q has this store", q.Name))
	}
	ctx, cancel := context.WithTimeout(r.Context(), operatorTimeout)
	defer cancel()
	if q.Token == nil {
		status := stateOf(ctx, named[i], q.Name)
		return writeJSON(w, checkAnswer{Status: &status})
	}
	answer, err := named[i].Store.Check(ctx, &store.Check{Name: q.Name, Token: store.Token{
		JTI: q.Token.JTI, IssuedAt: q.Token.IssuedAt, ExpiresAt: q.Token.ExpiresAt,
		User: store.User{ID: q.Token.UserID, Kind: q.Token.UserKind},
	}})
	if err != nil {
		return apiError(http.StatusServiceUnavailable, err)
	}
	return writeJSON(w, checkAnswer{Verdict: answer.Verdict})
}

// runningEdge is a [check.Edge] that calls the edge's admin API.
type runningEdge struct{ flags adminFlags }

// Look implements check.Edge.
func (e *runningEdge) Look(_ context.Context, name, resource string) (store.Status, error) {
	answer, err := e.ask(&checkQuestion{Name: name, Resource: resource})
	if err != nil {
		return store.Status{}, err
	}
	if answer.Status == nil {
		return store.Status{}, fmt.Errorf("the edge's answer has no state of the store: use the edge's own release for this command")
	}
	return store.Status{Up: answer.Status.Up, LastError: answer.Status.LastError}, nil
}

// Peek implements check.Edge.
func (e *runningEdge) Peek(_ context.Context, resource string, c *store.Check) (store.Answer, error) {
	answer, err := e.ask(&checkQuestion{Name: c.Name, Resource: resource, Token: &checkedToken{
		JTI: c.Token.JTI, IssuedAt: c.Token.IssuedAt, ExpiresAt: c.Token.ExpiresAt,
		UserID: c.Token.User.ID, UserKind: c.Token.User.Kind,
	}})
	if err != nil {
		return store.Answer{}, err
	}
	return store.Answer{Verdict: answer.Verdict}, nil
}

func (e *runningEdge) ask(q *checkQuestion) (answer checkAnswer, err error) {
	body, err := json.Marshal(q)
	if err != nil {
		return answer, err
	}
	err = e.flags.send(io.Discard, http.MethodPost, "/token_refresh/check", body, &answer)
	return answer, err
}

// Interface guard
var _ check.Edge = (*runningEdge)(nil)
