// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package alternate

import (
	"hash/fnv"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/caddyrefresh/caddyrefresh/internal/conformance"
	"github.com/caddyrefresh/caddyrefresh/internal/djangotest"
)

// run is one release on one database: the twin, and the project that Django and
// the edge serve both.
type run struct {
	*testing.T
	release      *conformance.Set
	profile      conformance.Profile
	twin, shared *djangotest.Project

	// The addresses: of the twin, and of the two in front of the shared database.
	twinDjango, django, edge string

	rng       *rand.Rand
	sequences []*sequence

	sent    int
	rows    map[string]int // answers that differ as foretold, by row of the parity page
	columns map[string]int // tokens whose rows do, likewise
	tally   map[string]int // answers, by who gave them and status
}

// newRun starts the servers and logs everybody in, on both sides.
func newRun(t *testing.T, server *djangotest.Server, rel *conformance.Set, seed uint64, n int) *run {
	t.Helper()
	stream := fnv.New64a() // each database and release has sequences of its own
	_, _ = stream.Write([]byte(server.Kind + rel.Name))
	r := &run{
		T: t, release: rel, rng: rand.New(rand.NewPCG(seed, stream.Sum64())),
		rows: map[string]int{}, tally: map[string]int{},
		profile: conformance.Profile{
			Name: "alternate", Algorithm: "HS256", Key: djangotest.SecretKey, UserID: "user_id", JTI: "jti", Type: "token_type",
			Caddyfile: []string{
				"signing_key " + djangotest.SecretKey,
				"rotate_refresh_tokens", "blacklist_after_rotation", "reuse_grace 0s",
				"verify_path /api/token/verify", "blacklist_path /api/token/blacklist",
				"store django {env.ALTERNATE_DATABASE} {", "timeout 10s", "}",
			},
		},
	}
	for _, p := range []**djangotest.Project{&r.twin, &r.shared} {
		*p = &djangotest.Project{
			Release: rel.Name, Database: server.Create(t, ""),
			SimpleJWT: map[string]any{"ROTATE_REFRESH_TOKENS": true, "BLACKLIST_AFTER_ROTATION": true},
		}
		(*p).Migrate(t)
	}
	r.logIn(n)
	r.twinDjango = strings.TrimPrefix(r.twin.Serve(t, 1), "http://")
	r.django = strings.TrimPrefix(r.shared.Serve(t, 1), "http://")
	t.Setenv("ALTERNATE_DATABASE", r.shared.Database.URL)
	sites := []conformance.Site{{Profile: r.profile, Django: r.django}}
	edge, err := conformance.Edge(rel, edgeBinary, t.TempDir(), sites)
	if err != nil {
		t.Fatal(err)
	}
	r.edge = sites[0].Addr
	t.Cleanup(func() { r.stop(edge) })
	return r
}

// stop ends the edge, and wants nothing bad in its log.
func (r *run) stop(edge *conformance.Server) {
	if err := edge.Stop(); err != nil {
		r.Error(err)
	}
	for line := range strings.Lines(edge.Log()) {
		if strings.Contains(line, `"level":"error"`) || strings.Contains(line, "panic") {
			r.Errorf("the edge's log: %s", line)
		}
	}
}

// ask shows a token to an endpoint: refresh, verify or blacklist.
func ask(addr, what, token string) (conformance.Answer, error) {
	a, _, err := conformance.Send(addr, conformance.StoryRequest(what, token).Bytes())
	return a, err
}
