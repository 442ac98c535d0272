// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package refusals

import (
	"encoding/base64"
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/caddyrefresh/caddyrefresh/internal/compare"
	"github.com/caddyrefresh/caddyrefresh/internal/conformance"
	"github.com/caddyrefresh/caddyrefresh/internal/conformance/witness"
	"github.com/caddyrefresh/caddyrefresh/internal/edgetest"
)

// requests is how many a release gets.
const requests = 1200

// TestWords sends the catalogue and random requests to an edge in front of two projects
// with words of their own. What both sides refuse the client gets in the project's
// words, to the byte. What the edge accepts it answers itself, as a project without
// words of its own does, and the project sees nothing of it. CONFORMANCE_SEED repeats a
// run, CONFORMANCE_RELEASE picks one release.
func TestWords(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	if text := os.Getenv("CONFORMANCE_SEED"); text != "" {
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatalf("CONFORMANCE_SEED: %v", err)
		}
	}
	t.Logf("CONFORMANCE_SEED=%d", seed)
	for _, rel := range conformance.Contemporary() {
		if only := os.Getenv("CONFORMANCE_RELEASE"); only != "" && only != rel.Name {
			continue
		}
		t.Run(rel.Name, func(t *testing.T) { words(t, rel, seed) })
	}
}

func words(t *testing.T, rel *conformance.Set, seed uint64) {
	p := conformance.Profiles()[1] // rotates
	p.Name = "default"             // of which the catalogue has the most
	db := database(t, rel)
	plain := serve(t, rel, p, "settings", db)
	config := quiet
	var arenas []*arena
	for _, settings := range []string{"standardized", "french"} {
		django := serve(t, rel, p, settings, db)
		a := &arena{client: client{t: t, witness: witness.New(t, django), django: django}, settings: settings, rel: rel, p: p, plain: plain, withheld: map[int]int{}}
		arenas = append(arenas, a)
		config += site(settings, a.witness.Addr, slices.Concat(rel.Versions().Lines(), p.Caddyfile)...)
	}
	edge := edgetest.Start(t, config)
	for _, a := range arenas {
		a.edge = address(edge, a.settings)
		a.ask(conformance.JSON(conformance.RefreshPath, "{}").Bytes()) // Django loads its URLs at the first request
	}
	n := 0
	for _, c := range conformance.Catalogue(rel, p, unixNow()) {
		if !c.Exact && c.Offset == 0 {
			arenas[n%2].try(c)
			n++
		}
	}
	for rng := rand.New(rand.NewPCG(seed, 0)); n < requests; n++ {
		arenas[n%2].try(conformance.Random(rel, p, unixNow(), rng))
	}
	for _, a := range arenas {
		t.Logf("%s, %s: %d accepted by the edge; refusals: %d in the project's words, %d of them not Django's; %d in the edge's; withheld answers by status: %v",
			rel.Name, a.settings, a.accepted, a.worded, a.differs, a.own, a.withheld)
		if a.accepted < n/20 || a.worded < n/5 || a.differs < a.worded/4 || a.own > n/10 {
			t.Errorf("%s: that proves little", a.settings)
		}
	}
	for _, line := range edge.Logs() {
		if line.Text("level") == "error" {
			t.Errorf("%v", line)
		}
	}
}

// arena is one project, and the edge before it.
type arena struct {
	client
	settings string
	rel      *conformance.Set
	p        conformance.Profile
	plain    string // address of a Django without words of its own

	accepted, worded, own int
	differs               int         // refusals whose words are not Django's own
	withheld              map[int]int // by status
}

func (a *arena) try(c conformance.Case) {
	a.t.Helper()
	raw := c.Request.Bytes()
	got, plain := a.send(raw), ask(a.t, a.plain, raw)
	switch {
	case got.byBackend():
		a.worded++
		if got.Body != plain.Body {
			a.differs++
		}
		want := a.ask(raw)
		html := strings.HasPrefix(got.Headers["Content-Type"], "text/html") // the browsable API has a random token in it
		if diff := want.Diff(&got.Answer); diff != "" && !html {
			a.t.Errorf("%s: not as the project refuses it: %s\n%.1500q", c.Name, diff, raw)
		}
		if got.Status < 400 || got.Status > 499 || plain.Status != got.Status {
			a.t.Errorf("%s: %d, want %d\n%.1500q", c.Name, got.Status, plain.Status, raw)
		}
		return
	case got.Status == http.StatusOK:
		a.accepted++
		if got.asked != 0 {
			a.t.Errorf("%s: the project is asked about what the edge accepts\n%.1500q", c.Name, raw)
		}
	case got.asked > 0:
		a.withheld[got.heard.Status]++
		if got.heard.Status < 300 || got.heard.Status/100 == 4 {
			a.t.Errorf("%s: the project says %d %s, and the client gets %d\n%.1500q", c.Name, got.heard.Status, got.heard.Body, got.Status, raw)
		}
	default:
		a.own++
		if plain.Status/100 == 4 && !ofLimits(got.Body) && !a.mayWord(&c) {
			a.t.Errorf("%s: the edge words what Django refuses as well: %d %s\n%.1500q", c.Name, got.Status, got.Body, raw)
		}
	}
	row, err := a.p.Explain(a.rel, c, plain, got.Answer, func(r conformance.Request) (conformance.Answer, error) {
		return ask(a.t, a.plain, r.Bytes()), nil
	})
	if err != nil {
		a.t.Errorf("%s: row %q: %v\n%.1500q", c.Name, row, err, raw)
	}
}

// mayWord reports whether the edge may refuse a case in its own words although Django
// refuses it as well: where it cannot know whether Django does.
func (a *arena) mayWord(c *conformance.Case) bool {
	if c.Differs != nil || c.Request.Chunked {
		return true
	}
	token := c.Token
	if token == "" {
		token = conformance.TokenIn(c.Request)
	}
	return compare.StrictReason(strings.TrimSpace(token)) != "" || namesNoAlgorithm(token)
}

// ofLimits reports whether the edge refuses a request by a limit of its own, or because
// of base64 that some releases of Python read: Django may take such a request, so the
// edge does not ask how the project would word it.
func ofLimits(body string) bool {
	return slices.ContainsFunc([]string{"exceeds the limit of", "Invalid Content-Type header.", "Could not decode base64 data."},
		func(text string) bool { return strings.Contains(body, text) })
}

// namesNoAlgorithm reports whether a token's header has no alg that is a string. The
// edge says nothing of Django there if one of its keys signed the token.
func namesNoAlgorithm(token string) bool {
	segment, _, _ := strings.Cut(token, ".")
	text, err := base64.RawURLEncoding.DecodeString(segment)
	var header map[string]any
	if err != nil || json.Unmarshal(text, &header) != nil {
		return false
	}
	_, names := header["alg"].(string)
	return !names
}
