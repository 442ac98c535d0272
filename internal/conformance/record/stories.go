// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package main

import (
	"context"
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"math/rand/v2"

	"github.com/caddyrefresh/caddyrefresh/internal/conformance"
)

// storyBase is when stories happen: 2100-01-01 00:00:00 UTC. A store's clock
// is its machine's, and it forgets what has expired.
const storyBase = 4102444800

// stories records seeded stories for the configurations that remember.
func stories(ctx context.Context, rel *conformance.Set, database, path string) error {
	book := &conformance.StoryBook{Release: rel.Name, Versions: rel.Packages()}
	steps := 0
	for _, p := range conformance.StoryProfiles() {
		recorded, err := p.Recorded()
		if err != nil {
			return err
		}
		book.Profiles = append(book.Profiles, recorded)
		n, err := profileStories(ctx, rel, p, database, book)
		if err != nil {
			return fmt.Errorf("release %s, profile %s: %w", rel.Name, p.Name, err)
		}
		steps += n
	}
	fmt.Printf("%s: %d stories of %d requests\n", path, len(book.Stories), steps)
	return write(path, book)
}

func profileStories(ctx context.Context, rel *conformance.Set, p conformance.Profile, database string, book *conformance.StoryBook) (steps int, err error) {
	django, err := conformance.Django(ctx, rel, p, database, true)
	if err != nil {
		return 0, err
	}
	defer func() {
		if stop := django.Stop(); err == nil {
			err = stop
		}
	}()
	r := recorder{rel: rel, p: p, addr: django.Addr}
	for i := range p.Stories {
		story, err := r.story(fmt.Sprintf("story %03d", i), book)
		if err != nil {
			return 0, err
		}
		book.Stories = append(book.Stories, story)
		steps += len(story.Steps)
	}
	return steps, nil
}

// story has Django play one story, which its name decides.
func (r *recorder) story(name string, book *conformance.StoryBook) (conformance.Story, error) {
	seed := fnv.New128a()
	seed.Write([]byte(r.p.Name + "\x00" + name))
	sum := seed.Sum(nil)
	rng := rand.New(rand.NewPCG(binary.BigEndian.Uint64(sum), binary.BigEndian.Uint64(sum[8:])))
	teller := conformance.NewStory(r.rel, r.p, storyBase, rng)
	story := conformance.Story{Name: name, Profile: r.p.Name, Tokens: teller.Tokens}
	known := teller.Tokens
	now := float64(storyBase)
	for {
		ask, shows, later, ok := teller.Next()
		if !ok {
			return story, nil
		}
		now += later
		jtis := r.jtis(fmt.Sprintf("%s, step %d", name, len(story.Steps)))
		step := conformance.Step{Now: now, Ask: ask, Shows: shows, JTIs: teller.JTIs(shows, jtis[0], jtis[1])}
		django, err := r.ask(conformance.StoryRequest(ask, known[shows]), now, step.JTIs)
		if err != nil {
			return story, err
		}
		row, edge := teller.Heard(ask, shows, django)
		if row == "" && django.Headers["Content-Type"] != "application/json" {
			return story, fmt.Errorf("%s: no answer of the API (status %d), and no row of the parity page says so", name, django.Status)
		}
		if django.Status == 500 {
			django.Body = ""
		}
		book.Note(&step, django, row, edge)
		if len(step.Gives) == 0 {
			step.JTIs = nil
		}
		known = append(known, step.Gives...)
		story.Steps = append(story.Steps, step)
	}
}
