// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package alternate

import (
	"encoding/json"
	"math/rand/v2"

	"github.com/caddyrefresh/caddyrefresh/internal/compare"
)

// token is a token as the twin gave it and as the shared side did, and what the
// sequence knows of it.
type token struct {
	twin, shared string // shared is "" where the sides went apart there
	access       bool

	// byEdge: the edge made the shared one, so that its jti is derived. Child is
	// the token that the edge gave for this one.
	byEdge bool
	child  *token

	// dead: it is in both blacklists; killer is who put it into the shared one.
	// Over: the edge put it there alone, by the row logout-spent; early: so it was
	// until the twin followed.
	dead        bool
	killer      string
	over, early bool
}

// sequence is a login and what is done to its tokens.
type sequence struct {
	number     int
	kind       string
	userIsGone bool
	left       int
	expired    bool // its rows were made to
	tokens     []*token
	last       step // what was asked last
	told       string
}

// step is a request.
type step struct {
	what  string // refresh, verify or blacklist
	token *token
}

func newSequence(number int, kind string, rng *rand.Rand, login *token) *sequence {
	return &sequence{
		number: number, kind: kind, left: 2 + rng.IntN(6), tokens: []*token{login},
		userIsGone: kind == missing || kind == unnamed,
	}
}

// user is the key of the user that was made for it.
func (s *sequence) user() int { return s.number + 1 }

// next makes up the next request.
func (s *sequence) next(rng *rand.Rand) step {
	all := s.tokens
	refreshes := make([]*token, 0, len(all))
	for _, t := range all {
		if !t.access {
			refreshes = append(refreshes, t)
		}
	}
	newest, some := refreshes[len(refreshes)-1], refreshes[rng.IntN(len(refreshes))]
	switch n := rng.IntN(13); {
	case n == 0 && s.last.token != nil:
		return s.last
	case n < 6:
		return step{"refresh", newest}
	case n == 6:
		return step{"refresh", some}
	case n < 9:
		return step{"verify", all[rng.IntN(len(all))]}
	case n == 9:
		return step{"blacklist", newest}
	case n == 10:
		return step{"blacklist", some}
	default: // spent by now, as a rule
		return step{"blacklist", s.tokens[0]}
	}
}

// endSession is what the edge does with a spent token at its blacklist endpoint:
// it follows the tokens that it made for one another, and ends the newest.
func (t *token) endSession() {
	for t.child != nil {
		t = t.child
	}
	if !t.dead {
		t.over, t.killer = true, "edge"
	}
}

// claims is what the test reads of a token.
type claims struct {
	JTI string `json:"jti"`
	IAT float64
	EXP float64
}

func (r *run) claims(token string) (c claims) {
	payload, err := compare.Payload(token)
	if err == nil {
		err = json.Unmarshal([]byte(payload), &c)
	}
	if err != nil || c.JTI == "" {
		r.Fatalf("the token %s cannot be read: %v", token, err)
	}
	return c
}
