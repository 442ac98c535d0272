// SPDX-License-Identifier: Apache-2.0

package caddyrefresh

import (
	"bufio"
	"bytes"
	"math"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/caddyrefresh/caddyrefresh/internal/conformance"
)

// How many distinct requests a release must be tried with, and each pair of keys.
const (
	leastRecorded = 250
	leastPerKey   = 100
	leastSliding  = 100
)

// TestReplay asks the edge what Django was once asked, with the same clock and
// the same jtis, and wants the same answer to the byte: the first two of the
// laws, same answer and never looser. Exchanges that name a row of
// docs/parity.md want the answer that the row documents.
func TestReplay(t *testing.T) {
	for _, rel := range conformance.RecordedSets() {
		t.Run(rel.Name, func(t *testing.T) {
			distinct := 0
			for _, n := range replayFile(t, rel, rel.Name+".json") {
				distinct += n
			}
			if distinct < leastRecorded {
				t.Errorf("%d distinct requests, want %d at least", distinct, leastRecorded)
			}
		})
	}
}

// TestReplaySliding is TestReplay for sliding tokens.
func TestReplaySliding(t *testing.T) {
	for _, rel := range conformance.Contemporary() {
		t.Run(rel.Name, func(t *testing.T) {
			distinct := replayFile(t, rel, rel.Name+"-sliding.json")
			for _, p := range conformance.SlidingProfiles() {
				if distinct[p.Name] < leastSliding {
					t.Errorf("%s: %d distinct requests, want %d at least", p.Name, distinct[p.Name], leastSliding)
				}
			}
		})
	}
}

// TestReplayKeys is TestReplay for keys that are pairs. Signatures of ES256 and
// PS256 differ each time: those have to hold.
func TestReplayKeys(t *testing.T) {
	for _, rel := range conformance.Contemporary() {
		t.Run(rel.Name, func(t *testing.T) {
			distinct := replayFile(t, rel, rel.Name+"-keys.json")
			for _, p := range conformance.KeyProfiles(rel) {
				if distinct[p.Name] < leastPerKey {
					t.Errorf("%s: %d distinct requests, want %d at least", p.Name, distinct[p.Name], leastPerKey)
				}
			}
		})
	}
}

// replayFile replays a recording and returns the number of distinct requests of
// each profile.
func replayFile(t *testing.T, rel *conformance.Set, name string) map[string]int {
	t.Helper()
	recording, err := conformance.LoadRecording(filepath.Join("testdata", "django", name))
	if err != nil {
		t.Fatal(err)
	}
	if recording.Release != rel.Name {
		t.Fatalf("the recording is of release %s", recording.Release)
	}
	replays := map[string]*replay{}
	for _, p := range recording.Profiles {
		replays[p.Name] = newReplay(t, rel, p)
	}
	seen, distinct := map[string]bool{}, map[string]int{}
	for _, e := range recording.Exchanges {
		if key := e.Profile + string(e.Raw()); !seen[key] {
			seen[key] = true
			distinct[e.Profile]++
		}
		r := replays[e.Profile]
		if r == nil {
			t.Fatalf("%s: no profile %q", e.Name, e.Profile)
		}
		t.Run(e.Profile+"/"+e.Name, func(t *testing.T) { r.check(t, &e) })
	}
	return distinct
}

// replay is a handler whose clock and jtis come from the exchange.
type replay struct {
	profile conformance.RecordedProfile
	handler *Handler
	now     time.Time
	jtis    []string
	passed  bool // the last request went on to the next handler
}

func newReplay(t *testing.T, rel *conformance.Set, p conformance.RecordedProfile) *replay {
	t.Helper()
	r := &replay{profile: p, handler: new(Handler)}
	r.handler.now = func() time.Time { return r.now }
	r.handler.newJTI = func(dst []byte) []byte {
		if len(r.jtis) == 0 {
			return append(dst, "one jti too many"...)
		}
		jti := r.jtis[0]
		r.jtis = r.jtis[1:]
		return append(dst, jti...)
	}
	block := "token_refresh {\n" + strings.Join(slices.Concat(rel.Versions().Lines(), p.Caddyfile), "\n") + "\n}"
	if err := r.handler.UnmarshalCaddyfile(caddyfile.NewTestDispenser(block)); err != nil {
		t.Fatalf("profile %s: %v", p.Name, err)
	}
	ctx, cancel := caddy.NewContext(caddy.Context{Context: t.Context()})
	t.Cleanup(cancel)
	t.Cleanup(func() {
		if err := r.handler.Cleanup(); err != nil {
			t.Error(err)
		}
	})
	if err := r.handler.Provision(ctx); err != nil {
		t.Fatalf("profile %s: %v", p.Name, err)
	}
	if err := r.handler.Validate(); err != nil {
		t.Fatalf("profile %s: %v", p.Name, err)
	}
	return r
}

// check replays one exchange.
func (r *replay) check(t *testing.T, e *conformance.Exchange) {
	t.Helper()
	got := r.ask(t, e.Now, e.JTIs, e.Raw())
	diff, err := r.profile.Diff(e.Want(), got)
	if err != nil {
		t.Fatal(err)
	}
	if diff != "" {
		t.Errorf("parity row %q: %s\nrequest:\n%s", e.Parity, diff, e.Raw())
	}
}

// ask has the handler answer a request, at a time in seconds since 1970 and
// with the jtis that it may draw.
func (r *replay) ask(t *testing.T, now float64, jtis []string, raw []byte) conformance.Answer {
	t.Helper()
	seconds, fraction := math.Modf(now)
	r.now = time.Unix(int64(seconds), int64(math.Round(fraction*1e6))*1000)
	r.jtis = jtis
	request, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(raw)))
	if err != nil {
		t.Fatal(err)
	}
	recorder := httptest.NewRecorder()
	r.passed = false
	next := caddyhttp.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) error {
		r.passed = true
		w.WriteHeader(http.StatusTeapot)
		return nil
	})
	if err := r.handler.ServeHTTP(recorder, request, next); err != nil || r.passed && r.handler.Refusals == "" {
		t.Fatalf("not answered by the handler: passed on %v, error %v", r.passed, err)
	}
	response := recorder.Result()
	return conformance.NewAnswer(response.StatusCode, response.Header, recorder.Body.Bytes())
}
