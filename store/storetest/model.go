// SPDX-License-Identifier: Apache-2.0

package storetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/caddyrefresh/caddyrefresh/store"
)

// testModel runs random operations on a store, through several clients, and on a
// Memory. After each step both must have answered the same. The Memory's clock shows
// the time in the store's answer.
func testModel(t *testing.T, fresh func(*testing.T) *bench) {
	if fresh(t).edges[0].Traits().SharesBackend {
		return // its model is Django itself
	}
	rapid.Check(t, func(r *rapid.T) {
		var (
			b    = fresh(t)
			now  time.Time
			m    = NewMemory(func() time.Time { return now })
			play = &story{b: b, m: m, now: &now, fates: map[fate]*past{}}
		)
		for edge := range play.lives {
			play.lives[edge] = lives.Draw(r, "life")
		}
		r.Repeat(map[string]func(*rapid.T){
			"login":  play.login,
			"spend":  play.spend,
			"repeat": play.repeat,
			"turns":  play.turns,
			"check":  play.check,
			"revoke": play.revoke,
			"forget": play.forget,
			"cutoff": play.cutOff,
			"wait":   play.wait,
		})
	})
}

// story is one run: all its sessions, each with all of its tokens.
type story struct {
	b        *bench
	m        *Memory
	now      *time.Time
	sessions [][]store.Token
	lives    [clients]time.Duration // how long the tokens of each edge live
	fates    map[fate]*past
}

// fate names a session at one site; past is what a story did to it there.
type (
	fate struct{ site, session string }
	past struct {
		ended, lost bool
		used        map[uint32]bool // steps whose token was spent
		late        uint32          // 1 plus the step of the last late retry, 0 for none
	}
)

func (p *story) past(site, jti string) *past {
	key := fate{site, store.Locate(jti).Session}
	if p.fates[key] == nil {
		p.fates[key] = &past{used: map[uint32]bool{}}
	}
	return p.fates[key]
}

var (
	users   = rapid.SampledFrom([]store.User{{}, {ID: "1", Kind: store.IntegerUser}, {ID: "1", Kind: store.TextUser}, {ID: "2", Kind: store.IntegerUser}})
	sites   = rapid.SampledFrom([]string{"", "shop"})
	graces  = rapid.SampledFrom([]time.Duration{0, 10 * time.Second, 24 * time.Hour})
	lates   = rapid.SampledFrom([]time.Duration{0, time.Hour, 30 * 24 * time.Hour})
	leeways = rapid.SampledFrom([]time.Duration{0, time.Millisecond, 600 * time.Millisecond, time.Second, 10 * time.Minute})
	lives   = rapid.SampledFrom([]time.Duration{time.Minute, time.Hour, 24 * time.Hour, 30 * 24 * time.Hour})
	steps   = rapid.SampledFrom([]time.Duration{time.Millisecond, time.Second, 9 * time.Second, 10 * time.Second, time.Hour, 25 * time.Hour, 400 * 24 * time.Hour})
	skews   = rapid.SampledFrom([]time.Duration{-30 * time.Second, 0, 0, time.Second})
)

func (p *story) edge(r *rapid.T) int { return rapid.IntRange(0, clients-1).Draw(r, "edge") }

func (p *story) store(r *rapid.T) store.Store { return p.b.edges[p.edge(r)] }

// clock is an edge's idea of the time.
func (p *story) clock(r *rapid.T) time.Time {
	return p.store(r).Status(r.Context()).Now.Add(skews.Draw(r, "skew"))
}

func (p *story) login(r *rapid.T) {
	now := p.clock(r)
	token := store.Token{
		JTI: fmt.Sprintf("%032x", len(p.sessions)), User: users.Draw(r, "user"),
		IssuedAt: now.Unix(), ExpiresAt: now.Add(lives.Draw(r, "life")).Unix(),
	}
	if rapid.IntRange(0, 9).Draw(r, "undated") == 0 {
		token.IssuedAt = 0
	}
	p.sessions = append(p.sessions, []store.Token{token})
}

// pick chooses a session, and a token of it: the newest twice as often.
func (p *story) pick(r *rapid.T) (session int, token store.Token) {
	if len(p.sessions) == 0 {
		p.login(r)
	}
	session = rapid.IntRange(0, len(p.sessions)-1).Draw(r, "session")
	tokens := p.sessions[session]
	at := max(0, len(tokens)-1-rapid.SampledFrom([]int{0, 0, 1, 2, 5}).Draw(r, "back"))
	return session, tokens[at]
}

func (p *story) spend(r *rapid.T) {
	session, token := p.pick(r)
	p.present(r, session, token)
}

func (p *story) repeat(r *rapid.T) {
	session, token := p.pick(r)
	for range rapid.IntRange(2, 4).Draw(r, "times") {
		p.present(r, session, token)
	}
}

// turns is a thief and a user who take turns with one session: each time one of them
// rotates, and the other comes after the grace. Random stories hardly ever do that.
func (p *story) turns(r *rapid.T) {
	if p.b.Advance == nil {
		return // nobody waits for graces here
	}
	session, _ := p.pick(r)
	settings := store.Spend{Name: sites.Draw(r, "site"), Grace: 10 * time.Second, LateRetry: lates.Draw(r, "late"), EndOnReuse: rapid.Bool().Draw(r, "detection")}
	for range rapid.SampledFrom([]int{1, 2, 3, 15, 16, 17}).Draw(r, "turns") {
		tokens := p.sessions[session]
		newest := tokens[len(tokens)-1]
		p.ask(r, session, newest, settings)
		p.b.Advance(10 * time.Second)
		if rapid.IntRange(0, 3).Draw(r, "alone") == 0 {
			p.ask(r, session, newest, settings)
		}
	}
}

// present spends a token at an edge with any settings.
func (p *story) present(r *rapid.T, session int, token store.Token) {
	p.ask(r, session, token, store.Spend{
		Name: sites.Draw(r, "site"), Grace: graces.Draw(r, "grace"), Leeway: leeways.Draw(r, "leeway"),
		LateRetry: lates.Draw(r, "late"), EndOnReuse: rapid.Bool().Draw(r, "detection"),
	})
}

// ask spends a token at an edge with the settings of s.
func (p *story) ask(r *rapid.T, session int, token store.Token, settings store.Spend) {
	now, edge, s := p.clock(r), p.edge(r), &settings
	s.Token = token
	s.Successor = store.Issued{
		JTI:      store.Successor(token.JTI),
		IssuedAt: now.Unix(), ExpiresAt: now.Add(p.lives[edge]).Unix(),
	}
	if expired(&token, s.Leeway, now) {
		return
	}
	got, err := p.b.edges[edge].Spend(r.Context(), s)
	*p.now = got.Now
	want, _ := p.m.Spend(r.Context(), s)
	same(r, "Spend", got, want, err)
	p.judge(r, s, &got)
	if got.Verdict == store.Rotated {
		next := store.Token{JTI: got.Successor.JTI, IssuedAt: got.Successor.IssuedAt, ExpiresAt: got.Successor.ExpiresAt, User: token.User}
		p.sessions[session] = append(p.sessions[session], next)
	}
}

// expired reports whether an edge refuses the token without asking the store. How
// long a store goes on remembering the session of such a token is its own affair.
func expired(t *store.Token, leeway time.Duration, now time.Time) bool {
	return !time.Unix(t.ExpiresAt, 0).Add(leeway).After(now)
}

// judge checks what must be true whatever the table says: no token passes after its
// session has ended or its successor was used, and sixteen rotations lie between two
// late retries. It excuses a store that lost data, and
// a session in which a token passed that had expired by the store's own clock.
func (p *story) judge(r *rapid.T, s *store.Spend, a *store.Answer) {
	past, step := p.past(s.Name, s.Token.JTI), store.Locate(s.Token.JTI).Step
	past.lost = past.lost || a.Forgot || a.Verdict.Passes() && a.Now.Unix() > s.Token.ExpiresAt
	switch {
	case a.Verdict.Passes() && !past.lost && past.ended:
		r.Fatalf("Spend = %v after the end of the session", a.Verdict)
	case a.Verdict.Passes() && !past.lost && past.used[step+1]:
		r.Fatalf("Spend = %v of a token whose successor was used", a.Verdict)
	case a.Late && !past.lost && past.late > 0 && step < past.late-1+16:
		r.Fatalf("a late retry at step %d, %d rotations after another", step, step+1-past.late)
	case a.Late:
		past.late = step + 1
	case a.Verdict == store.Rotated:
		past.used[step] = true
	case a.Verdict == store.Reused && s.EndOnReuse:
		past.ended = true
	}
}

func (p *story) check(r *rapid.T) {
	_, token := p.pick(r)
	c := &store.Check{Name: sites.Draw(r, "site"), Token: token}
	got, err := p.store(r).Check(r.Context(), c)
	*p.now = got.Now
	want, _ := p.m.Check(r.Context(), c)
	same(r, "Check", got, want, err)
}

func (p *story) revoke(r *rapid.T) {
	_, token := p.pick(r)
	v := &store.Revocation{Name: sites.Draw(r, "site"), Token: token, Reason: store.Logout, Leeway: leeways.Draw(r, "leeway")}
	if rapid.Bool().Draw(r, "admin") || expired(&token, v.Leeway, p.clock(r)) {
		v.Token, v.Reason = store.Token{JTI: token.JTI}, store.Admin
	}
	got, err := p.store(r).Revoke(r.Context(), v)
	*p.now = got.Now
	want, _ := p.m.Revoke(r.Context(), v)
	same(r, "Revoke", got, want, err)
	past := p.past(v.Name, token.JTI)
	past.ended = true
	// The record of a session that must have rotated is missing, so the store cannot
	// know how long the session's other tokens live.
	past.lost = past.lost || !got.Known && store.Locate(token.JTI).Step > 0
}

// forget is a failover that loses what is known of a session.
func (p *story) forget(r *rapid.T) {
	if p.b.Forget == nil {
		return
	}
	_, token := p.pick(r)
	name := sites.Draw(r, "site")
	p.b.Forget(p.b.t, name, token.JTI)
	p.m.Forget(name, token.JTI)
	p.past(name, token.JTI).lost = true
}

func (p *story) cutOff(r *rapid.T) {
	c := &store.CutOff{
		Name: sites.Draw(r, "site"), Lifetime: lives.Draw(r, "lifetime"), Second: p.clock(r).Unix(),
		User: users.Filter(func(u store.User) bool { return u.Kind != store.NoUser }).Draw(r, "user"),
	}
	got, err := p.store(r).CutOff(r.Context(), c)
	*p.now = got.Now
	want, _ := p.m.CutOff(r.Context(), c)
	same(r, "CutOff", got, want, err)
}

func (p *story) wait(r *rapid.T) {
	if d := steps.Draw(r, "wait"); p.b.Advance != nil {
		p.b.Advance(d)
	}
}

func same(r *rapid.T, what string, got, want any, err error) {
	if err != nil {
		r.Fatalf("%s: %v", what, err)
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateApproxTime(0)); diff != "" {
		r.Fatalf("%s (-model +store):\n%s", what, diff)
	}
}
