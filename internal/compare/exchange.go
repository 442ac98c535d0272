// SPDX-License-Identifier: Apache-2.0

// Package compare compares two answers to one request to a token endpoint:
// Django's, and the one that the edge would have given. It names what differs and
// never quotes it, since answers hold tokens.
package compare

import (
	"net/http"
	"time"
)

// Result is the result of a comparison, in the words of metrics and logs.
type Result string

// The results.
const (
	Same    Result = "same"
	Listed  Result = "listed"  // a row of docs/parity.md tells of the difference
	Differs Result = "differs" // nothing does
	Skipped Result = "skipped" // there was nothing to compare, or no telling
)

// Results returns all results.
func Results() []Result { return []Result{Same, Listed, Differs, Skipped} }

// Answer is an answer as far as it is compared.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// Headers are the headers that are compared.
var Headers = []string{"Content-Type", "Allow", "Vary", "Www-Authenticate"}

// Request holds what may explain a difference between the answers to a request.
type Request struct {
	Endpoint    string // refresh, verify, blacklist or sliding
	Path, Query string
	Accept      string
	ContentType string
	Chunked     bool
	EarlyData   bool   // the edge would have answered 425
	Token       string // "" where none was found
}

// Edge is what the edge would have answered, and what is known of why.
type Edge struct {
	Answer

	// Outcome is what became of the token, in the words of the logs.
	Outcome string

	// WouldGive is the answer with the tokens that would have come of the token
	// presented if it had not been refused; nil where the edge could not read it.
	WouldGive []byte

	UnknownSigner   bool // none of the keys signed the token presented
	PreviousSigner  bool // a previous_key did
	ClockApart      bool // the store's clock is known to be off the edge's
	PasswordChanged bool // end_sessions_on_password_change refused it
}

// Site holds what may explain a difference in the configuration.
type Site struct {
	JTIClaim      string // the name of the claim in a token
	Issuer        string // "" for none
	Leeway        time.Duration
	HasStore      bool
	SharesBackend bool // the store is Django's own tables
	SeesUsers     bool // the store or user_check does
	AsksUsers     bool // user_check does
	SessionsEnd   bool // session_lifetime is set
	Refers        bool // refusals backend is set

	// Texts that SimpleJWT's release has for the client.
	Blacklisted, NoActiveAccount string
}

// Exchange is one request and both answers to it.
type Exchange struct {
	Site    *Site
	Request Request
	Django  Answer
	Edge    Edge
	Came    time.Time     // when the request came, by which the edge judges
	Took    time.Duration // until Django had answered
}

// Finding is the result of comparing an exchange, with its details.
type Finding struct {
	Result Result
	Row    string   // of docs/parity.md, for Listed
	Reason string   // for Skipped
	Names  []string // of what differs, for Listed and Differs
}

// Slack is how far the clocks of the two sides may be apart.
const Slack = 2 * time.Second

// Compare compares the two answers.
func (x *Exchange) Compare() Finding {
	switch {
	case x.Django.Status >= http.StatusInternalServerError:
		return Finding{Result: Skipped, Reason: "server_error"}
	case encoded(x.Django.Header):
		return Finding{Result: Skipped, Reason: "encoded"}
	}
	if x.Site.Refers && refuses(x.Django.Status) && refuses(x.Edge.Status) {
		return Finding{Result: Same} // the client would get Django's
	}
	d := x.differences()
	if len(d.names) == 0 && d.row == "" {
		return Finding{Result: Same}
	}
	if row := x.row(&d); row != "" {
		return Finding{Result: Listed, Row: row, Names: d.names}
	}
	if x.atTheLimit() {
		return Finding{Result: Skipped, Reason: "expiry"}
	}
	return Finding{Result: Differs, Names: x.withCause(d.names)}
}

// refuses reports whether a status is that of a refusal which Django words where the
// configuration says so: the edge answers 413 and 425 in its own words.
func refuses(status int) bool {
	return status >= 400 && status < 500 && status != http.StatusRequestEntityTooLarge && status != http.StatusTooEarly
}

func encoded(h http.Header) bool {
	e := h.Get("Content-Encoding")
	return e != "" && e != "identity"
}

// atTheLimit reports whether the token expires or becomes good so close to the request
// that a difference between the two clocks decides.
func (x *Exchange) atTheLimit() bool {
	for _, claim := range []struct {
		name   string
		offset time.Duration // of the limit from the claim
		before time.Duration // the request, at most
	}{
		{"exp", x.Site.Leeway, Slack + time.Second},
		{"nbf", -x.Site.Leeway, 0},
		{"iat", -x.Site.Leeway, 0},
	} {
		second, ok := secondOf(x.Request.Token, claim.name)
		if !ok {
			continue
		}
		limit := time.Unix(second, 0).Add(claim.offset)
		if limit.After(x.Came.Add(-claim.before)) && limit.Before(x.Came.Add(x.Took+Slack)) {
			return true
		}
	}
	return false
}

// withCause adds the likely reasons if the edge refuses a token that Django accepted: the
// key, or the claims in which Django's tokens differ from what the edge would have made.
func (x *Exchange) withCause(names []string) []string {
	if x.Django.Status != http.StatusOK || x.Edge.Status == http.StatusOK {
		return names
	}
	if x.Edge.UnknownSigner {
		names = append(names, "signature")
	}
	if x.Edge.WouldGive != nil {
		d := difference{x: x}
		d.body(x.Django.Body, x.Edge.WouldGive, true)
		names = append(names, d.names...)
	}
	return names
}
