// SPDX-License-Identifier: Apache-2.0

//go:build conformance && switching

package rollout

import (
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	_ "github.com/caddyrefresh/caddyrefresh"
	"github.com/caddyrefresh/caddyrefresh/internal/compare"
	"github.com/caddyrefresh/caddyrefresh/internal/conformance"
	"github.com/caddyrefresh/caddyrefresh/internal/edgetest"
	_ "github.com/caddyrefresh/caddyrefresh/store/djangostore"
)

// quiet keeps the log to what an operator has to read.
const quiet = "{\n\tlog default {\n\t\tlevel WARN\n\t}\n}\n"

// site is a site of a Caddyfile on a port of its own.
func site(port, backend string, lines ...string) string {
	return fmt.Sprintf("http://:{{%s}} {\n\tbind 127.0.0.1\n\ttoken_refresh {\n\t\t%s\n\t}\n\treverse_proxy %s\n}\n", port, strings.Join(lines, "\n\t\t"), backend)
}

// django starts the project of a profile.
func django(t *testing.T, rel *conformance.Set, p conformance.Profile) (address string) {
	t.Helper()
	database, err := conformance.Database(t.Context(), rel, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	server, err := conformance.Django(t.Context(), rel, p, database, false)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Stop(); err != nil {
			t.Error(err)
		}
	})
	return server.Addr
}

// settled waits until the edge has compared so many answers, skipped ones included.
func settled(t *testing.T, edge *edgetest.Edge, n int) compare.Report {
	t.Helper()
	for end := time.Now().Add(2 * time.Minute); ; time.Sleep(20 * time.Millisecond) {
		var report compare.Report
		if err := json.Unmarshal([]byte(edge.Admin("GET", "/token_refresh/compared", "")), &report); err != nil {
			t.Fatal(err)
		}
		var all uint64
		for _, c := range report.Compared {
			all += c.Same + c.Differs + sum(c.Listed) + sum(c.Skipped)
		}
		if all >= uint64(n) {
			return report
		}
		if time.Now().After(end) {
			t.Fatalf("%d answers are compared, want %d", all, n)
		}
	}
}

func sum(counts map[string]uint64) (all uint64) {
	for _, n := range counts {
		all += n
	}
	return all
}

// setting reads a number from the environment.
func setting(t *testing.T, name string, otherwise int) int {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}
