// SPDX-License-Identifier: Apache-2.0

package snippets

import (
	"crypto/tls"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/caddyrefresh/caddyrefresh/internal/origin"
)

// TestStrangersOfThePage judges the requests of the table in docs/cookies.md that says
// who is a stranger.
func TestStrangersOfThePage(t *testing.T) {
	trusted, err := origin.Parse([]string{"https://app.example.com"})
	if err != nil {
		t.Fatal(err)
	}
	rows := regexp.MustCompile("(?m)^\\| (.+) \\| (\\w+) \\| (?:`([^`]+)` )?\\| (?:`([^`]+)` )?\\| (ours|stranger|ours, gets no cookies) \\|$").
		FindAllStringSubmatch(read(t, "docs/cookies.md"), -1)
	if len(rows) < 20 {
		t.Fatalf("%d rows, want at least 20", len(rows))
	}
	for _, row := range rows {
		who, kind, site, from, says := row[1], row[2], row[3], row[4], row[5]
		r := httptest.NewRequest("GET", "https://api.example.com/", nil)
		r.TLS = &tls.ConnectionState{HandshakeComplete: true}
		switch kind {
		case "GET":
		case "POST":
			r.Method = kind
		case "navigation":
			r.Header.Set("Sec-Fetch-Mode", "navigate")
			r.Header.Set("Sec-Fetch-Dest", "document")
		case "WebSocket":
			r.Header.Set("Upgrade", "websocket")
		default:
			t.Errorf("%s: no test sends a %s", who, kind)
		}
		if site != "" {
			r.Header.Set("Sec-Fetch-Site", site)
		}
		if from != "" {
			r.Header.Set("Origin", from)
		}
		want := origin.Verdict{Ours: strings.HasPrefix(says, "ours"), KeepsCookies: says == "ours"}
		got := trusted.Judge(r)
		if got.KeepsCookies = got.KeepsCookies && got.Ours && want.Ours; got != want {
			t.Errorf("%s: the page says %s, and the verdict is %+v", who, says, got)
		}
	}
}

// TestOutcomesOfTables: each outcome that a table names in its first or last column,
// under the heading "outcome", is one.
func TestOutcomesOfTables(t *testing.T) {
	outcomes := all(`\{"(\w+)", zapcore`, read(t, "internal/site/record.go"))
	table := regexp.MustCompile(`(?m)^\|(?: outcome[\w ]* \|.*|.*\| outcome \|)\n\|[-|]+\|\n((?:\|.*\n)+)`)
	named := 0
	for _, p := range pages(t) {
		for _, found := range table.FindAllStringSubmatch(read(t, p.name), -1) {
			last := strings.HasSuffix(strings.SplitN(found[0], "\n", 2)[0], "| outcome |")
			for row := range strings.Lines(found[1]) {
				cells := strings.Split(strings.Trim(row, "| \n"), " | ")
				cell := cells[0]
				if last {
					cell = cells[len(cells)-1]
				}
				for _, name := range all("`([a-z_]+)`", cell) {
					if named++; !slices.Contains(outcomes, name) {
						t.Errorf("%s: there is no outcome %s", p.name, name)
					}
				}
			}
		}
	}
	if named < 30 {
		t.Errorf("%d outcomes are named, want at least 30", named)
	}
}
