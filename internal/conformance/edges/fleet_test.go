// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package edges

import (
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/caddyrefresh/caddyrefresh/internal/redistest"
	"github.com/caddyrefresh/caddyrefresh/store"
)

// The sites of each edge of a fleet. They have names of their own, so that none
// sees what another one spent.
const (
	strict = iota // as SimpleJWT: no grace, nobody looks for thieves
	graced        // a grace that no test outlasts, and reuse_detection
	brief         // a grace that is over soon, and reuse_detection
	wary          // no grace, and reuse_detection
)

// perSite is what distinguishes them.
var perSite = [...]string{
	strict: "name strict separate",
	graced: "name graced separate\nreuse_grace 60s\nreuse_detection",
	brief:  "name brief separate\nreuse_grace 1s\nreuse_detection",
	wary:   "name wary separate\nreuse_detection",
}

// patient is a timeout that a busy machine does not use up.
const patient = "timeout 9s"

// redis is the line of a store, with further lines inside it.
func redis(address string, lines ...string) string {
	return "signing_key {env.EDGES_KEY}\nstore redis " + address + " {\n" + strings.Join(lines, "\n") + "\n}\n"
}

// fleet is three edges with one store.
type fleet [3]*edge

// startFleet runs three edges with those sites and the lines that all share.
func startFleet(t *testing.T, shared string) (f fleet) {
	t.Helper()
	for i := range f {
		var sites []string
		for _, own := range perSite {
			sites = append(sites, shared+own)
		}
		f[i] = startEdge(t, sites...)
	}
	return f
}

// startWithRedis runs a Redis and a fleet.
func startWithRedis(t *testing.T) (fleet, *redistest.Server) {
	t.Helper()
	server := redistest.Start(t)
	return startFleet(t, redis(server.Addr, patient)), server
}

// urls are those of one site at all edges.
func (f fleet) urls(site int) (urls [3]string) {
	for i, e := range f {
		urls[i] = e.urls[site]
	}
	return urls
}

// recordKey is where the record of a token's session lies in Redis.
func recordKey(t *testing.T, site, token string) string {
	t.Helper()
	place := store.Locate(jtiOf(t, token))
	return "token_refresh:{" + place.Slot() + "}:s1:" + strconv.Itoa(len(site)) + ":" + site + ":" + place.Session
}

// api asks the admin API of an edge.
func (e *edge) api(method, path, body string) (status int, answer string) {
	e.t.Helper()
	req, err := http.NewRequestWithContext(e.t.Context(), method, e.admin+path, strings.NewReader(body))
	if err != nil {
		e.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := client.Do(req)
	if err != nil {
		e.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		e.t.Fatal(err)
	}
	return res.StatusCode, string(text)
}
