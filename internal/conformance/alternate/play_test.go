// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package alternate

import (
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/caddyrefresh/caddyrefresh/internal/conformance"
)

// maxFailures is where a run gives up: more of them say no more.
const maxFailures = 8

// play asks in turns, one request of each sequence in a turn.
func (r *run) play() {
	failures := 0
	for turn, going := 0, true; going; turn++ {
		if turn == halfWay {
			r.change(deactivated, deleted)
		}
		going = false
		for _, s := range r.sequences {
			if s.left == 0 {
				continue
			}
			s.left--
			going = true
			if err := r.step(s); err != nil {
				r.Errorf("sequence %d, user %s: %v\nwhat was asked:%s", s.number, s.kind, err, s.told)
				s.left = 0
				if failures++; failures == maxFailures {
					r.Fatal("giving up")
				}
			}
		}
	}
}

// step asks both sides at once and compares.
func (r *run) step(s *sequence) error {
	next := s.next(r.rng)
	s.last = next
	server, addr := "Django", r.django
	if r.rng.IntN(2) == 0 {
		server, addr = "edge", r.edge
	}
	s.told += fmt.Sprintf("\n%s %s of %s by the %s", next.what, next.token.shared, next.token.twin, server)
	twin, shared, err := r.askBoth(next, addr)
	if err != nil {
		return err
	}
	r.sent++
	row, want := r.foretell(s, next, server, twin)
	if diff := r.profile.Compare(&want, &shared); diff != "" {
		return fmt.Errorf("row %q, %s: %s", row, server, diff)
	}
	r.tally[fmt.Sprintf("%s %d", server, shared.Status)]++
	if row != "" {
		r.rows[row]++
	}
	return r.remember(s, next, server, twin, shared)
}

// askBoth asks the twin and the shared side at the same time, so that their
// clocks stand alike.
func (r *run) askBoth(next step, addr string) (twin, shared conformance.Answer, err error) {
	done := make(chan error)
	go func() {
		var err error
		twin, err = ask(r.twinDjango, next.what, next.token.twin)
		done <- err
	}()
	shared, err = ask(addr, next.what, next.token.shared)
	if err2 := <-done; err == nil {
		err = err2
	}
	return twin, shared, err
}

// foretell says what the shared side must answer where the twin answered so,
// and by which row that is something else.
func (r *run) foretell(s *sequence, next step, server string, twin conformance.Answer) (row string, want conformance.Answer) {
	crashes := r.release.ChecksUser && next.what == "refresh" && s.userIsGone && s.kind != unnamed && !next.token.dead
	switch {
	case next.token.over:
		return conformance.RowLogoutSpent, blacklisted(next.what)
	case crashes && server == "edge" && twin.Status == http.StatusInternalServerError:
		return conformance.RowCrash, refusal(http.StatusUnauthorized, `{"detail":"No active account found for the given token."}`)
	}
	return "", twin
}

// blacklisted is Django's answer to a token in the blacklist.
func blacklisted(what string) conformance.Answer {
	if what == "verify" {
		return refusal(http.StatusBadRequest, `{"non_field_errors":["Token is blacklisted"]}`)
	}
	return refusal(http.StatusUnauthorized, `{"detail":"Token is blacklisted","code":"token_not_valid"}`)
}

func refusal(status int, body string) conformance.Answer {
	headers := map[string]string{"Allow": "POST, OPTIONS", "Content-Type": "application/json", "Vary": "Accept"}
	if status == http.StatusUnauthorized {
		headers["WWW-Authenticate"] = `Bearer realm="api"`
	}
	return conformance.Answer{Status: status, Headers: headers, Body: body}
}

// remember keeps track of what the step did to the tokens.
func (r *run) remember(s *sequence, next step, server string, twin, shared conformance.Answer) error {
	t := next.token
	if next.what == "blacklist" && t.dead && server == "edge" {
		t.endSession()
	}
	if next.what == "verify" || twin.Status != http.StatusOK {
		return nil
	}
	if t.killer == "" {
		t.killer = server
	}
	t.early = t.early || t.over
	t.dead, t.over = true, false
	if next.what == "blacklist" {
		return nil
	}
	var theirs, ours struct{ Access, Refresh string }
	if err := json.Unmarshal([]byte(twin.Body), &theirs); err != nil {
		return err
	}
	if shared.Status != http.StatusOK {
		// The twin's session goes on without the other one.
		s.tokens = append(s.tokens, &token{twin: theirs.Refresh})
		s.left = 0
		return nil
	}
	if err := json.Unmarshal([]byte(shared.Body), &ours); err != nil {
		return err
	}
	access := &token{twin: theirs.Access, shared: ours.Access, access: true}
	refresh := &token{twin: theirs.Refresh, shared: ours.Refresh, byEdge: server == "edge"}
	if refresh.byEdge {
		t.child = refresh
	}
	s.tokens = append(s.tokens, access, refresh)
	return nil
}
