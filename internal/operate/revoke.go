// SPDX-License-Identifier: Apache-2.0

package operate

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/caddyrefresh/caddyrefresh/internal/stores"
	"github.com/caddyrefresh/caddyrefresh/store"
)

// revocation is the body of a request to revoke: one of jti and user_id.
type revocation struct {
	Name   string          `json:"name"`
	JTI    string          `json:"jti,omitempty"`
	UserID json.RawMessage `json:"user_id,omitempty"` // a string or an integer
	Force  bool            `json:"force,omitempty"`   // even if the clocks differ

	user string
}

// revokedIn is the result of a revocation in one store.
type revokedIn struct {
	Store   string   `json:"store"`
	Known   *bool    `json:"known,omitempty"`   // the store had a record of the session
	CutOff  int64    `json:"cut_off,omitempty"` // tokens issued up to this second are revoked
	Revoked *int64   `json:"tokens,omitempty"`  // how many, if the store revokes them one by one
	Notes   []string `json:"notes,omitempty"`
}

const (
	maxAdminBody = 64 << 10

	// An operator can wait longer than a client, and has to wait for clocks.
	operatorTimeout = 10 * time.Second
)

func serveRevoke(w http.ResponseWriter, r *http.Request) error {
	request, err := readRevocation(w, r)
	if err != nil {
		return apiError(http.StatusBadRequest, err)
	}
	named := stores.Named(request.Name)
	if len(named) == 0 {
		return apiError(http.StatusNotFound, fmt.Errorf("no token_refresh with a store has the name %q", request.Name))
	}
	ctx, cancel := context.WithTimeout(r.Context(), 2*operatorTimeout)
	defer cancel()
	revoke := revokeSession
	if request.JTI == "" {
		revoke = revokeUser
	}
	results, err := revoke(ctx, named, request)
	if err != nil {
		return apiError(statusOf(err), err)
	}
	return writeJSON(w, results)
}

func readRevocation(w http.ResponseWriter, r *http.Request) (*revocation, error) {
	request := new(revocation)
	decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxAdminBody))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(request); err != nil {
		return nil, fmt.Errorf("the body is not {\"name\":\"\",\"jti\":\"...\"} or {\"name\":\"\",\"user_id\":\"...\"}: %w", err)
	}
	var err error
	if request.user, err = canonicalUserID(request.UserID); err != nil {
		return nil, err
	}
	switch {
	case (request.JTI == "") == (request.user == ""):
		return nil, errors.New("name one token by jti, or one user by user_id")
	case request.JTI == "":
		return request, nil
	case request.Force:
		return nil, errors.New("force is for user_id: ending a session depends on no clock")
	}
	return request, store.ValidJTI(request.JTI)
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

// revokeSession ends a session in each of the stores.
func revokeSession(ctx context.Context, in []*stores.Monitored, request *revocation) ([]revokedIn, error) {
	var results []revokedIn
	for _, m := range in {
		answer, err := m.Revoke(ctx, &store.Revocation{
			Name: request.Name, Token: store.Token{JTI: request.JTI}, Reason: store.Admin,
		})
		if err != nil {
			return nil, fmt.Errorf("store %s: %w", m.Traits().Kind, err)
		}
		result := revokedIn{Store: m.Traits().Kind, Known: &answer.Known}
		switch {
		case answer.Known:
		case m.Traits().SharesBackend:
			result.Notes = append(result.Notes, "Django's tables have no token with this id; if there is one, its session is ended")
		default:
			result.Notes = append(result.Notes, "nothing is recorded of it, which is so for a session that never rotated; ended")
		}
		if strings.ContainsFunc(request.JTI, oddInJTI) {
			result.Notes = append(result.Notes, "it has hyphens or capitals, which SimpleJWT's ids have not: "+
				"the same digits without them name another session")
		}
		results = append(results, result)
	}
	return results, nil
}

func oddInJTI(r rune) bool { return r == '-' || r >= 'A' && r <= 'Z' }

// revokeUser logs a user out everywhere. It changes nothing in any store if the clock
// of one of them differs too much.
func revokeUser(ctx context.Context, in []*stores.Monitored, request *revocation) ([]revokedIn, error) {
	decided := make([]cutOff, len(in))
	for i, m := range in {
		var err error
		if decided[i], err = decide(ctx, m, request.Force); err != nil {
			return nil, fmt.Errorf("store %s: %w", m.Traits().Kind, err)
		}
	}
	results := make([]revokedIn, len(in))
	for i, m := range in {
		answer, err := m.CutOff(ctx, &store.CutOff{
			Name: request.Name, User: store.User{ID: request.user, Kind: store.TextUser},
			Second: decided[i].second, Lifetime: m.Lifetime,
		})
		if err != nil {
			return nil, fmt.Errorf("store %s: %w", m.Traits().Kind, err)
		}
		results[i] = revokedIn{Store: m.Traits().Kind, CutOff: answer.Second, Notes: decided[i].notes(&answer)}
		if answer.Tokens >= 0 {
			results[i].Revoked = &answer.Tokens
		}
	}
	for i, m := range in {
		if err := past(ctx, m, decided[i]); err != nil {
			return nil, fmt.Errorf("store %s: %w", m.Traits().Kind, err)
		}
	}
	return results, nil
}

func statusOf(err error) int {
	if errors.Is(err, errClocks) {
		return http.StatusConflict
	}
	return http.StatusServiceUnavailable
}
