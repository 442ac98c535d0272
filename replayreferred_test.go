// SPDX-License-Identifier: Apache-2.0

package caddyrefresh

import (
	"path/filepath"
	"slices"
	"testing"

	"github.com/caddyrefresh/caddyrefresh/internal/conformance"
)

// leastReferred is how many of the recorded requests the backend must have been asked
// about: most of those that Django refused.
const leastReferred = 10_000

// TestReplayReferred asks an edge with `refusals backend` what Django was once asked.
// What Django accepted is never sent to it, whether the edge accepts it as well or not:
// Django would spend the token. The rows of docs/parity.md in which the edge is stricter
// are among the recordings.
func TestReplayReferred(t *testing.T) {
	referred := 0
	for _, rel := range conformance.RecordedSets() {
		names := []string{rel.Name}
		if rel.IsContemporary() {
			names = append(names, rel.Name+"-keys", rel.Name+"-sliding")
		}
		for _, name := range names {
			t.Run(name, func(t *testing.T) { referred += replayReferred(t, rel, name+".json") })
		}
	}
	if referred < leastReferred {
		t.Errorf("%d requests were referred, want %d at least", referred, leastReferred)
	}
}

// replayReferred returns how many requests of a recording the backend is asked about.
func replayReferred(t *testing.T, rel *conformance.Set, file string) (referred int) {
	recording, err := conformance.LoadRecording(filepath.Join("testdata", "django", file))
	if err != nil {
		t.Fatal(err)
	}
	replays := map[string]*replay{}
	for _, p := range recording.Profiles {
		p.Caddyfile = append(slices.Clone(p.Caddyfile), "refusals backend")
		replays[p.Name] = newReplay(t, rel, p)
	}
	for _, e := range recording.Exchanges {
		r := replays[e.Profile]
		r.ask(t, e.Now, e.JTIs, e.Raw())
		switch {
		case r.passed && e.Want().Status < 400:
			t.Errorf("%s/%s: the backend is asked about what the edge accepts", e.Profile, e.Name)
		case r.passed && e.Django.Status < 400 && e.Parity != conformance.RowNoSlash: // which Django redirects
			t.Errorf("%s/%s: the backend is asked about what it accepts (row %q)\n%.2000s", e.Profile, e.Name, e.Parity, e.Raw())
		case r.passed:
			referred++
		}
	}
	return referred
}
