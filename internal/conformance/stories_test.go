// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package conformance

import (
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
)

// storiesPerProfile is how many stories a set and a configuration are told.
const storiesPerProfile = 40

// TestLiveStories plays stories to the edge with its file store and to Django
// with its blacklist app, request by request, each side with the tokens that it
// gave itself.
func TestLiveStories(t *testing.T) {
	eachSet(t, manySidedSets(), func(t *testing.T, rel *Set, seed uint64) {
		l := startLive(t, rel, StoryProfiles())
		var playing sync.WaitGroup
		for i, s := range l.sites {
			playing.Go(func() {
				a := &arena{live: l, t: t, site: s}
				rng := rand.New(rand.NewPCG(seed, uint64(i)))
				for range storiesPerProfile {
					a.play(NewStory(rel, s.Profile, now(), rng))
				}
			})
		}
		playing.Wait()
		t.Logf("%s (%s): %d stories of %d requests, %d the same, %d unexplained; by row: %v; by Django's status: %v",
			rel.Name, rel.Installed, storiesPerProfile*len(l.sites), l.sent, l.same, l.failed, sorted(l.rows), sorted(l.status))
		if l.status[200] == 0 || l.status[400] == 0 || l.status[401] == 0 || l.rows[RowLogoutSpent] == 0 {
			t.Error("the stories have no good answer, no refusal, or no log-out with a spent token")
		}
	})
}

// play plays a story up to the first answer that is wrong.
func (a *arena) play(teller *Storyteller) {
	p := &a.site.Profile
	theirs, ours := teller.Tokens, teller.Tokens
	for told := ""; ; {
		ask, shows, _, ok := teller.Next()
		if !ok {
			return
		}
		a.n++
		told += "\n" + ask + " " + readable(Case{Token: ours[shows]})
		django, err := a.ask(StoryRequest(ask, theirs[shows]))
		if err != nil {
			a.fail("Django: %v", err)
			return
		}
		edge, _, err := Send(a.site.Addr, StoryRequest(ask, ours[shows]).Bytes())
		if err != nil {
			a.fail("edge: %v", err)
			return
		}
		row, want := teller.Heard(ask, shows, django)
		if row == "" {
			want = django
		}
		if diff := p.Compare(&want, &edge); diff != "" {
			a.fail("row %q: %s\nthe story:%s", row, diff, told)
			return
		}
		a.count(django.Status, row)
		theirs, ours = slices.Concat(theirs, tokens(django)), slices.Concat(ours, tokens(edge))
	}
}
