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

// testModel plays random stories on a store, through several clients, and tells
// them to a Memory too. After each step both have said the same. The Memory's
// clock is the one that the store's answer carried.
func testModel(t *testing.T, fresh func(*testing.T) *bench) {
	if fresh(t).edges[0].Traits().SharesDjango {
		return // its model is Django itself
	}
	rapid.Check(t, func(r *rapid.T) {
		var (
			b    = fresh(t)
			now  time.Time
			m    = NewMemory(func() time.Time { return now })
			play = &story{b: b, m: m, now: &now}
		)
		m.reach = 500 // no story is as long, and the walk is what takes the time
		r.Repeat(map[string]func(*rapid.T){
			"login":  play.login,
			"spend":  play.spend,
			"repeat": play.repeat,
			"check":  play.check,
			"revoke": play.revoke,
			"kill":   play.kill,
			"cutoff": play.cutOff,
			"wait":   play.wait,
		})
	})
}

// story is one run: the sessions that there are, each with all of its tokens.
type story struct {
	b        *bench
	m        *Memory
	now      *time.Time
	sessions [][]store.Token
}

var (
	users  = rapid.SampledFrom([]store.User{{}, {ID: "1", Kind: store.IntegerUser}, {ID: "1", Kind: store.TextUser}, {ID: "2", Kind: store.IntegerUser}})
	sites  = rapid.SampledFrom([]string{"", "shop"})
	graces = rapid.SampledFrom([]time.Duration{0, 10 * time.Second, 24 * time.Hour})
	lives  = rapid.SampledFrom([]time.Duration{time.Minute, time.Hour, 24 * time.Hour, 30 * 24 * time.Hour})
	steps  = rapid.SampledFrom([]time.Duration{time.Millisecond, time.Second, 9 * time.Second, 10 * time.Second, time.Hour, 25 * time.Hour, 400 * 24 * time.Hour})
	skews  = rapid.SampledFrom([]time.Duration{-30 * time.Second, 0, 0, time.Second})
)

func (p *story) edge(r *rapid.T) store.Store {
	return p.b.edges[rapid.IntRange(0, clients-1).Draw(r, "edge")]
}

// clock is an edge's idea of the time.
func (p *story) clock(r *rapid.T) time.Time {
	return p.edge(r).Status(r.Context()).Now.Add(skews.Draw(r, "skew"))
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

func (p *story) present(r *rapid.T, session int, token store.Token) {
	now := p.clock(r)
	s := &store.Spend{
		Name: sites.Draw(r, "site"), Token: token, Grace: graces.Draw(r, "grace"), Leeway: lives.Draw(r, "leeway") / 100,
		Successor: store.Issued{
			JTI:      store.Successor(token.JTI),
			IssuedAt: now.Unix(), ExpiresAt: now.Add(lives.Draw(r, "life")).Unix(),
		},
	}
	got, err := p.edge(r).Spend(r.Context(), s)
	*p.now = got.Now
	want, _ := p.m.Spend(r.Context(), s)
	same(r, "Spend", got, want, err)
	if got.Verdict == store.Rotated {
		next := store.Token{JTI: got.Successor.JTI, IssuedAt: got.Successor.IssuedAt, ExpiresAt: got.Successor.ExpiresAt, User: token.User}
		p.sessions[session] = append(p.sessions[session], next)
	}
}

func (p *story) check(r *rapid.T) {
	_, token := p.pick(r)
	c := &store.Check{Name: sites.Draw(r, "site"), Token: token}
	got, err := p.edge(r).Check(r.Context(), c)
	*p.now = got.Now
	want, _ := p.m.Check(r.Context(), c)
	same(r, "Check", got, want, err)
}

func (p *story) revoke(r *rapid.T) {
	_, token := p.pick(r)
	v := &store.Revocation{Name: sites.Draw(r, "site"), Token: token, Reason: store.Logout}
	if rapid.Bool().Draw(r, "admin") {
		v.Token, v.Reason = store.Token{JTI: token.JTI}, store.Admin
	}
	p.end(r, v)
}

func (p *story) kill(r *rapid.T) {
	_, token := p.pick(r)
	p.end(r, &store.Revocation{Name: sites.Draw(r, "site"), Token: token, Reason: store.Reuse})
}

func (p *story) end(r *rapid.T, v *store.Revocation) {
	got, err := p.edge(r).Revoke(r.Context(), v)
	*p.now = got.Now
	want, _ := p.m.Revoke(r.Context(), v)
	same(r, "Revoke", got, want, err)
}

func (p *story) cutOff(r *rapid.T) {
	c := &store.CutOff{Name: sites.Draw(r, "site"), User: users.Filter(func(u store.User) bool { return u.Kind != store.NoUser }).Draw(r, "user")}
	got, err := p.edge(r).CutOff(r.Context(), c)
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
