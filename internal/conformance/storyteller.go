// SPDX-License-Identifier: Apache-2.0

package conformance

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/caddyrefresh/caddyrefresh/store"
)

// Storyteller makes up a story as it goes: which token is shown next depends on
// those that Django gave so far, and on the state of rng.
type Storyteller struct {
	Tokens []string // those that the story begins with

	maker
	rng   *rand.Rand
	known []character
	left  int // steps
}

// character is a token of a story.
type character struct {
	jti     string // "" where a store cannot remember the token by it
	chain   int    // which login it comes of, -1 for none
	link    int    // how many rotations ago
	refresh bool   // a refresh token that nothing is wrong with but what was done to it
	spent   bool
	ended   bool // the session is over at the edge, and not in Django: row logout-spent
}

// NewStory begins a story. Its tokens are made for now.
func NewStory(rel *Set, p Profile, now float64, rng *rand.Rand) *Storyteller {
	s := &Storyteller{maker: maker{rel: rel, p: p, now: now, names: map[string]int{}}, rng: rng, left: 4 + rng.IntN(6)}
	for login := range 1 + rng.IntN(2) {
		s.login(login)
	}
	return s
}

// login adds a refresh token, and perhaps one that has the same jti and that
// something is wrong with, or one with an odd jti.
func (s *Storyteller) login(chain int) {
	jti := fmt.Sprintf("%016x%016x", s.rng.Uint64(), s.rng.Uint64())
	switch s.rng.IntN(12) {
	case 0:
		jti = strings.ToUpper(jti)
	case 1:
		jti = "session-é-" + jti
	case 2:
		jti = strings.Repeat("j", store.MaxJTI-32) + jti
	}
	user := pick(s.rng, `1`, `2`, `"3"`, `"4"`, `5`)
	good := s.claims().With(s.p.JTI, PyString(jti)).With(s.p.UserID, user)
	s.add(s.p.Sign(good.Payload()), character{jti: jti, chain: chain, refresh: true})
	odd := character{jti: jti, chain: chain}
	switch s.rng.IntN(10) {
	case 0:
		s.add(s.p.Sign(good.With(s.p.Type, `"access"`).Payload()), odd)
	case 1:
		s.add(s.p.Sign(good.Without(s.p.Type).Payload()), odd)
	case 2:
		s.add(s.p.Sign(good.Without("exp").Payload()), odd)
	case 3:
		s.add(s.p.Sign(good.With("exp", s.at(-600)).Payload()), odd)
	case 4:
		s.add(Compact(s.p.Algorithm, s.p.OtherKey, Header(s.p.Algorithm), good.Payload()), odd)
	case 5:
		odd.refresh = true
		s.add(s.p.Sign(good.With("role", `"editor"`).With("exp", s.at(90000)).Payload()), odd)
	case 6:
		raw := pick(s.rng, "", fmt.Sprint(s.rng.Int64()), `null`, `["`+jti+`"]`, PyString("\x00"+jti), PyString(strings.Repeat("k", store.MaxJTI-31)+jti))
		claims := good.With(s.p.JTI, raw)
		if raw == "" {
			claims = good.Without(s.p.JTI)
		}
		s.add(s.p.Sign(claims.Payload()), character{chain: -1, refresh: true})
	}
}

func (s *Storyteller) add(token string, c character) {
	s.Tokens = append(s.Tokens, token)
	s.known = append(s.known, c)
}

// Next returns what is asked next, of which token, and how many seconds later;
// false at the end.
func (s *Storyteller) Next() (ask string, shows int, later float64, ok bool) {
	if s.left--; s.left < 0 {
		return "", 0, 0, false
	}
	shows = s.rng.IntN(len(s.known))
	if s.rng.IntN(2) == 0 { // the newest refresh token
		for i, c := range slices.Backward(s.known) {
			if c.refresh {
				shows = i
				break
			}
		}
	}
	spent := slices.IndexFunc(s.known, func(c character) bool { return c.spent })
	if spent >= 0 && s.rng.IntN(6) == 0 {
		return "blacklist", spent, 1, true
	}
	ask = pick(s.rng, "refresh", "refresh", "refresh", "refresh", "verify", "verify", "blacklist")
	later = pick(s.rng, 0, 0.25, 1, 9.5, 61, 299, 301, 4000)
	if s.rng.IntN(12) == 0 {
		later = 40000
	}
	return ask, shows, later, true
}

// JTIs returns the two jtis that a refresh draws: those given, but where the
// edge spends tokens the refresh token's is the one that it derives.
func (s *Storyteller) JTIs(shows int, access, refresh string) []string {
	return s.p.jtis(s.known[shows].jti, access, refresh)
}

func (p *Profile) jtis(presented, access, refresh string) []string {
	if p.Spends {
		refresh = store.Successor(presented)
	}
	return []string{access, refresh}
}

// JTIsFor returns the two jtis that a refresh of a token draws: see [Storyteller.JTIs].
func (p *Profile) JTIsFor(token, access, refresh string) []string {
	return p.jtis(tokenJTI(token, p.JTI), access, refresh)
}

// Heard takes Django's answer, and returns the row of docs/parity.md by which
// the edge gives another one: that one.
func (s *Storyteller) Heard(ask string, shows int, django Answer) (row string, edge Answer) {
	c := &s.known[shows]
	switch {
	case c.jti == "" && (ask != "verify" || s.p.VerifyLooks) && (django.Status == 200 || django.Status == 500):
		s.left = 0 // for Django goes on with tokens that the edge did not make
		return RowJTI, *s.invalid()
	case c.ended && django.Status == 200:
		s.left = 0
		return RowLogoutSpent, *s.blacklisted(ask)
	}
	s.remember(ask, shows, django)
	return "", Answer{}
}

// remember keeps track of what the step did to the tokens.
func (s *Storyteller) remember(ask string, shows int, django Answer) {
	c := s.known[shows]
	switch {
	case ask == "refresh" && django.Status == 200:
		s.each(c, func(same *character) { same.spent = s.p.Spends })
		for i, token := range tokens(django) {
			next := character{jti: tokenJTI(token, s.p.JTI), chain: -1}
			if i == 1 {
				next.refresh = true
				next.chain, next.link = c.chain, c.link+1
			}
			s.known = append(s.known, next)
		}
	case ask == "blacklist" && c.refresh && c.spent && s.blacklisted(ask).Diff(&django) == "":
		for i := range s.known {
			if o := &s.known[i]; c.chain >= 0 && o.chain == c.chain && o.link > c.link {
				o.ended = true
			}
		}
	}
}

// each calls do with every token that has c's jti.
func (s *Storyteller) each(c character, do func(*character)) {
	for i := range s.known {
		if s.known[i].jti == c.jti {
			do(&s.known[i])
		}
	}
}

// blacklisted is the answer to a token in the blacklist.
func (s *Storyteller) blacklisted(ask string) *Answer {
	if ask == "verify" {
		return s.answer(400, `{"non_field_errors":["Token is blacklisted"]}`)
	}
	return s.unauthorized("Token is blacklisted")
}

// tokenJTI returns the jti of a token that Django gave.
func tokenJTI(token, claim string) string {
	members, err := tokenMembers(token)
	if err != nil {
		return ""
	}
	for _, m := range members {
		var jti string
		if m.Name == claim && json.Unmarshal([]byte(m.Raw), &jti) == nil {
			return jti
		}
	}
	return ""
}
