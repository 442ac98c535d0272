// SPDX-License-Identifier: Apache-2.0

//go:build conformance && switching

package conformance

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// importRequests is how many random requests a project gets, beside the catalogue.
const importRequests = 200

// ask sends the catalogue and some random requests to both, at each of the paths.
func (p *importedProject) ask(t *testing.T, edge, django string, refers bool) {
	profile := p.filled()
	l := &live{rel: p.rel(), rows: map[string]int{}, status: map[int]int{}, accepted: map[string]int{}, crossed: map[string]int{}}
	a := &arena{live: l, t: t, site: Site{Profile: profile, Django: django, Addr: edge}}
	a.refers, a.once = refers, profile.Remembers
	cases := Catalogue(l.rel, profile, now())
	if p.sliding {
		cases = slidingCases(l.rel, profile)
		a.site.Profile.JTI = "" // a sliding token keeps its jti
	} else if profile.Remembers {
		cases = append(cases, sessionCases(l.rel, profile)...)
	} else {
		rng := rand.New(rand.NewPCG(1, 2))
		for range importRequests {
			cases = append(cases, Random(l.rel, profile, now(), rng))
		}
	}
	for i, c := range cases {
		if c.Exact || c.Offset != 0 || !p.move(&c, i) {
			continue
		}
		a.try(c)
	}
	t.Logf("%d requests, %d the same, %d of them refusals of the backend, by row: %v, by Django's status: %v", l.sent, l.same, a.referred, sorted(l.rows), sorted(l.status))
	if l.same < 100 || l.status[200] < 10 {
		t.Errorf("%d answers are the same, of which %d are good: that compares nothing", l.same, l.status[200])
	}
	if refers && a.referred < 20 {
		t.Errorf("%d refusals of the backend were delivered: that compares nothing", a.referred)
	}
	if p.verify == "" || p.sliding {
		return
	}
	if l.accepted[p.name] == 0 {
		t.Error("Django took no access token of the edge")
	}
}

// sessionCases are tokens of sessions of their own, each of which is refreshed,
// refreshed again, and verified.
func sessionCases(rel *Set, p Profile) []Case {
	m := &maker{rel: rel, p: p, now: now(), names: map[string]int{}}
	for i := range 40 {
		token := m.sign(m.claims().With(p.JTI, fmt.Sprintf(`"%032x"`, i+1)))
		m.refresh("session", token)
		m.refresh("session, spent", token)
		m.verify("session, spent", token)
	}
	return m.cases
}

// slidingCases are sliding tokens, good and bad, in the body of a request.
func slidingCases(rel *Set, p Profile) []Case {
	m := &maker{rel: rel, p: p, now: now(), names: map[string]int{}}
	for i := range 120 {
		claims := m.claims().With(p.Type, `"sliding"`).With("until", m.at(int64(9000+i))).With("n", fmt.Sprint(i))
		switch i % 4 {
		case 1:
			claims = claims.With("until", m.at(-60))
		case 2:
			claims = claims.Without("until")
		}
		c := m.add("sliding", JSON(RefreshPath, `{"token":"`+m.sign(claims)+`"}`))
		c.Token = m.sign(claims)
	}
	return m.cases
}

// move sends a case to the project's own paths, in turn, and reports whether there
// is one for it.
func (p *importedProject) move(c *Case, turn int) bool {
	to := func(r *Request) bool {
		refresh := p.paths()
		for from, path := range map[string]string{RefreshPath: refresh[turn%len(refresh)], VerifyPath: p.verify} {
			if rest, ok := strings.CutPrefix(r.Target, from); ok {
				r.Target = path + rest
				return path != ""
			}
		}
		return false
	}
	if c.Differs != nil && c.Differs.Twin != nil {
		twin := *c.Differs.Twin
		differs := *c.Differs
		if !to(&twin) {
			return false
		}
		differs.Twin, c.Differs = &twin, &differs
	}
	return to(&c.Request)
}
