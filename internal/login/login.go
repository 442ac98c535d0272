// SPDX-License-Identifier: Apache-2.0

// Package login takes the tokens out of a backend's answer to a login, so that they go
// to the browser as cookies that no script can read. It holds the answer until it has
// read all of it, and lets no refresh token pass that it did not take out.
package login

import (
	"context"
	"net/http"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/caddyrefresh/caddyrefresh/internal/jsonmember"
)

// Kind is what a token is.
type Kind uint8

// The kinds of tokens.
const (
	Other   Kind = iota // no token of the site, or one of another type
	Refresh             // a refresh token that the site's keys verify, whatever else is wrong with it
	Access              // an access token that they verify
)

// Tokens are the site's tokens, during one request.
type Tokens interface {
	// Kind says what a token is. The error means that it cannot be known now.
	Kind(ctx context.Context, token []byte) (Kind, error)

	// Keep returns the Set-Cookie lines for the tokens of a login. access is "" if it
	// goes in the body, or if there is none. The error says why the browser would not
	// be able to use or to keep them.
	Keep(ctx context.Context, refresh, access string) (cookies []string, err error)

	// Begin is called before an answer of the backend begins.
	Begin(Outcome, error)
}

// Outcome says what became of an answer of the backend.
type Outcome uint8

// The outcomes.
const (
	Passed   Outcome = iota // it has no refresh token, and goes out as it is
	Captured                // its tokens went out as cookies
	Foreign                 // the named member has a refresh token that is not the site's; goes out as it is
	Withheld                // it is not delivered, and nothing was written
)

// Capture takes the tokens out of the answers to one login.
type Capture struct {
	Path            string          // of the login, for errors
	Refresh, Access jsonmember.Path // the members with the tokens; no Access: it stays in the body
	MaxBody         int64           // the greatest length of an answer, in bytes
}

// Serve has next answer a login, and sends the answer to w without the tokens. If the
// outcome is [Withheld] the caller has to answer; cause says what is wrong with the
// backend's answer, and what to configure. err is next's.
func (c *Capture) Serve(w http.ResponseWriter, r *http.Request, next caddyhttp.Handler, tokens Tokens) (outcome Outcome, cause, err error) {
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	x := &exchange{Capture: c, Tokens: tokens, ctx: r.Context()}
	h := newHeld(w, c.MaxBody, cancel)
	h.passes = func() bool { return x.passes(h) }
	if err := h.ask(upward(ctx, r), next); err != nil {
		return Passed, nil, err
	}
	return x.finish(h)
}

// upward returns the request to send to the backend. Only an answer that is not
// compressed can be read, and only one without another protocol behind it.
func upward(ctx context.Context, r *http.Request) *http.Request {
	r = r.WithContext(ctx)
	r.Header = r.Header.Clone()
	r.Header.Del("Accept-Encoding")
	r.Header.Del("Upgrade")
	return r
}
