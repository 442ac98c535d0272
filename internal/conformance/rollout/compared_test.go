// SPDX-License-Identifier: Apache-2.0

//go:build conformance && switching

package rollout

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/caddyrefresh/caddyrefresh/internal/compare"
	"github.com/caddyrefresh/caddyrefresh/internal/conformance"
	"github.com/caddyrefresh/caddyrefresh/internal/conformance/witness"
	"github.com/caddyrefresh/caddyrefresh/internal/edgetest"
)

// TestSameOrListed sends generated requests through an edge at 0%: what the client
// gets is Django's to the byte, and the edge would have said the same, but for the
// rows of the parity page. CONFORMANCE_ROLLOUT sets the number of requests of each
// release, CONFORMANCE_RELEASE picks one.
func TestSameOrListed(t *testing.T) {
	requests := setting(t, "CONFORMANCE_ROLLOUT", 1000)
	seed := uint64(setting(t, "CONFORMANCE_SEED", int(time.Now().UnixNano())))
	t.Logf("CONFORMANCE_SEED=%d", seed)
	for _, rel := range conformance.Contemporary() {
		if only := os.Getenv("CONFORMANCE_RELEASE"); only != "" && only != rel.Name {
			continue
		}
		t.Run(rel.Name, func(t *testing.T) { sameOrListed(t, rel, seed, requests) })
	}
}

func sameOrListed(t *testing.T, rel *conformance.Set, seed uint64, requests int) {
	profiles := conformance.Profiles()
	config, witnesses := quiet, make([]*witness.Witness, len(profiles))
	for i, p := range profiles {
		witnesses[i] = witness.New(t, django(t, rel, p))
		lines := slices.Concat(rel.Versions().Lines(), p.Caddyfile, []string{"rollout 0%", "name " + p.Name})
		config += site("port"+fmt.Sprint(i), witnesses[i].Addr, lines...)
	}
	edge := edgetest.Start(t, config)
	reached := 0
	for i, p := range profiles {
		rng := rand.New(rand.NewPCG(seed, uint64(i)))
		for range requests / len(profiles) {
			now := float64(time.Now().UnixMicro()) / 1e6
			c := conformance.Random(rel, p, now, rng)
			before, _ := witnesses[i].Latest()
			got, header, err := conformance.Send("127.0.0.1:"+edge.Value("port"+fmt.Sprint(i)), c.Request.Bytes())
			if err != nil {
				t.Fatal(err)
			}
			after, _ := witnesses[i].Latest()
			if after == before {
				continue // Caddy's server refused it before any handler
			}
			reached += after - before
			if diff := witnesses[i].Diff(got, header); diff != "" {
				t.Errorf("profile %s: the client gets %s\n%.1500q", p.Name, diff, c.Request.Bytes())
			}
		}
	}
	report := settled(t, edge, reached)
	var same, listed, skipped, differs uint64
	rows := map[string]uint64{}
	for _, c := range report.Compared {
		same, differs = same+c.Same, differs+c.Differs
		listed, skipped = listed+sum(c.Listed), skipped+sum(c.Skipped)
		for _, counts := range []map[string]uint64{c.Listed, c.Skipped} {
			for row, n := range counts {
				rows[row] += n
			}
		}
	}
	t.Logf("release %s: %d requests reached Django; %d same, %d listed, %d skipped, %d differ; %v", rel.Name, reached, same, listed, skipped, differs, rows)
	for _, d := range report.Differences {
		if d.Result == compare.Differs {
			t.Errorf("%+v", d)
		}
	}
	if reached < requests/2 || same < uint64(reached)/2 || skipped > uint64(reached)/5 {
		t.Errorf("%d of %d are the same and %d are skipped: that proves little", same, reached, skipped)
	}
}

// TestDifferences: an edge with one wrong line names what is wrong.
func TestDifferences(t *testing.T) {
	rel := conformance.Newest()
	p := conformance.Profiles()[2] // rotates, with an audience and an issuer
	backend := django(t, rel, p)
	with := func(from, to string) []string {
		var lines []string
		for _, line := range p.Caddyfile {
			if strings.HasPrefix(line, from) {
				line = to
			}
			lines = append(lines, line)
		}
		return lines
	}
	wrong := []struct {
		name  string
		lines []string
		names []string
	}{
		{"lifetime", append(slices.Clone(p.Caddyfile), "access_token_lifetime 6m"), []string{"access.exp"}},
		{"refresh-lifetime", append(slices.Clone(p.Caddyfile), "refresh_token_lifetime 2d"), []string{"refresh.exp"}},
		{"audience", with("audience", "audience desktop"), []string{"status", "access.aud", "refresh.aud"}},
		{"issuer", with("issuer", "issuer https://other.example"), []string{"status", "access.iss", "refresh.iss"}},
		{"key", with("signing_key", `signing_key "another key of more than sixty-four bytes, which is what HS512 wants of it"`), []string{"status", "signature"}},
		{"rotation", with("rotate_refresh_tokens", "rotate_refresh_tokens off"), []string{"body.refresh"}},
		{"release", p.Caddyfile, []string{"body.detail"}},
	}
	config := quiet
	for i, w := range wrong {
		versions := rel.Versions().Lines()
		if w.name == "release" {
			versions = []string{"simplejwt_version 5.3"}
		}
		config += site("port"+fmt.Sprint(i), backend, slices.Concat(versions, w.lines, []string{"rollout 0%", "name " + w.name})...)
	}
	edge := edgetest.Start(t, config)
	good := conformance.Claims{
		{Name: "token_type", Raw: `"refresh"`},
		{Name: "exp", Raw: fmt.Sprint(time.Now().Unix() + 3600)},
		{Name: "iat", Raw: fmt.Sprint(time.Now().Unix() - 60)},
		{Name: "jti", Raw: `"0123456789abcdef0123456789abcdef"`},
		{Name: "user_id", Raw: "1"},
		{Name: "aud", Raw: `["web","mobile"]`},
		{Name: "iss", Raw: `"https://issuer.example"`},
	}
	for i, w := range wrong {
		claims := good
		if w.name == "release" {
			claims = good.With("exp", "1")
		}
		body := `{"refresh":"` + p.Sign(claims.Payload()) + `"}`
		if _, _, err := conformance.Send("127.0.0.1:"+edge.Value("port"+fmt.Sprint(i)), conformance.JSON(conformance.RefreshPath, body).Bytes()); err != nil {
			t.Fatal(err)
		}
	}
	for _, w := range wrong {
		found := false
		for _, d := range settled(t, edge, len(wrong)).Differences {
			if d.Name == w.name && d.Result == compare.Differs {
				found = true
				if !slices.Equal(d.Names, w.names) {
					t.Errorf("%s: names %q, want %q", w.name, d.Names, w.names)
				}
			}
		}
		if !found {
			t.Errorf("%s: nothing differs", w.name)
		}
	}
}
