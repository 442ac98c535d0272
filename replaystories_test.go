// SPDX-License-Identifier: Apache-2.0

package caddyrefresh

import (
	"path/filepath"
	"testing"

	"github.com/caddyrefresh/caddyrefresh/internal/conformance"
)

// leastSteps is how many requests the stories of a configuration must have, on
// average.
const leastSteps = 5

// TestReplayStories plays to the edge, with its file store, what was once played
// to Django with its blacklist app, and wants the same answers to the byte, but
// for steps that name a row of docs/parity.md.
func TestReplayStories(t *testing.T) {
	for _, rel := range conformance.Contemporary() {
		t.Run(rel.Name, func(t *testing.T) {
			t.Setenv("XDG_DATA_HOME", t.TempDir()) // where the file store is
			book, err := conformance.LoadStories(filepath.Join("testdata", "django", rel.Name+"-stories.json"))
			if err != nil {
				t.Fatal(err)
			}
			if book.Release != rel.Name {
				t.Fatalf("the stories are of release %s", book.Release)
			}
			replays, stories, steps := map[string]*replay{}, map[string]int{}, map[string]int{}
			for _, p := range book.Profiles {
				replays[p.Name] = newReplay(t, rel, p)
			}
			for _, s := range book.Stories {
				stories[s.Profile]++
				steps[s.Profile] += len(s.Steps)
				t.Run(s.Profile+"/"+s.Name, func(t *testing.T) { replays[s.Profile].play(t, book, &s) })
			}
			for _, p := range conformance.StoryProfiles() {
				if stories[p.Name] != p.Stories || steps[p.Name] < leastSteps*p.Stories {
					t.Errorf("%s: %d stories of %d requests, want %d of %d at least", p.Name, stories[p.Name], steps[p.Name], p.Stories, leastSteps*p.Stories)
				}
			}
		})
	}
}

// play replays a story to the end: one answer that is wrong makes others wrong.
func (r *replay) play(t *testing.T, book *conformance.StoryBook, s *conformance.Story) {
	t.Helper()
	known := s.Tokens
	for i := range s.Steps {
		step := &s.Steps[i]
		request := conformance.StoryRequest(step.Ask, known[step.Shows])
		got, want := r.ask(t, step.Now, step.JTIs, request.Bytes()), book.Want(step)
		if diff := want.Diff(&got); diff != "" {
			t.Fatalf("step %d, %s with token %d, parity row %q: %s\ntoken: %s", i, step.Ask, step.Shows, step.Parity, diff, known[step.Shows])
		}
		known = append(known, step.Gives...)
	}
}
