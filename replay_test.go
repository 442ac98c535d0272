// SPDX-License-Identifier: Apache-2.0

package caddyrefresh

import (
	"bufio"
	"bytes"
	"math"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/caddyrefresh/caddyrefresh/conformance"
)

// leastRecorded is how many distinct requests a release must be tried with.
const leastRecorded = 250

// TestReplay asks the edge what Django was once asked, with the same clock and
// the same jtis, and wants the same answer to the byte: the first two of the
// laws, same answer and never looser. Exchanges that name a row of
// docs/parity.md want the answer that the row documents.
func TestReplay(t *testing.T) {
	for _, rel := range conformance.Releases() {
		t.Run(rel.Name, func(t *testing.T) {
			recording, err := conformance.LoadRecording(filepath.Join("testdata", "django", rel.Name+".json"))
			if err != nil {
				t.Fatal(err)
			}
			if recording.Release != rel.Name {
				t.Fatalf("the recording is of release %s", recording.Release)
			}
			replays := map[string]*replay{}
			for _, p := range recording.Profiles {
				replays[p.Name] = newReplay(t, recording.Release, p)
			}
			distinct := map[string]bool{}
			for _, e := range recording.Exchanges {
				distinct[string(e.Raw())] = true
				r := replays[e.Profile]
				if r == nil {
					t.Fatalf("%s: no profile %q", e.Name, e.Profile)
				}
				t.Run(e.Profile+"/"+e.Name, func(t *testing.T) { r.check(t, &e) })
			}
			if len(distinct) < leastRecorded {
				t.Errorf("%d distinct requests, want %d at least", len(distinct), leastRecorded)
			}
		})
	}
}

// replay is a handler whose clock and jtis come from the exchange.
type replay struct {
	handler *Handler
	now     time.Time
	jtis    []string
}

func newReplay(t *testing.T, release string, p conformance.RecordedProfile) *replay {
	t.Helper()
	r := &replay{handler: new(Handler)}
	r.handler.now = func() time.Time { return r.now }
	r.handler.newJTI = func(dst []byte) []byte {
		if len(r.jtis) == 0 {
			return append(dst, "one jti too many"...)
		}
		jti := r.jtis[0]
		r.jtis = r.jtis[1:]
		return append(dst, jti...)
	}
	block := "token_refresh {\nsimplejwt_version " + release + "\n" + strings.Join(p.Caddyfile, "\n") + "\n}"
	if err := r.handler.UnmarshalCaddyfile(caddyfile.NewTestDispenser(block)); err != nil {
		t.Fatalf("profile %s: %v", p.Name, err)
	}
	ctx, cancel := caddy.NewContext(caddy.Context{Context: t.Context()})
	t.Cleanup(cancel)
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
	seconds, fraction := math.Modf(e.Now)
	r.now = time.Unix(int64(seconds), int64(math.Round(fraction*1e6))*1000)
	r.jtis = e.JTIs
	request, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(e.Raw())))
	if err != nil {
		t.Fatal(err)
	}
	passed := false
	next := caddyhttp.HandlerFunc(func(http.ResponseWriter, *http.Request) error {
		passed = true
		return nil
	})
	recorder := httptest.NewRecorder()
	if err := r.handler.ServeHTTP(recorder, request, next); err != nil || passed {
		t.Fatalf("not answered by the handler: passed on %v, error %v", passed, err)
	}
	response := recorder.Result()
	got := conformance.NewAnswer(response.StatusCode, response.Header, recorder.Body.Bytes())
	want := e.Want()
	if diff := want.Diff(&got); diff != "" {
		t.Errorf("parity row %q: %s\nrequest:\n%s", e.Parity, diff, e.Raw())
	}
}
