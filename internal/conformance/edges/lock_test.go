// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package edges

import (
	"crypto/sha256"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// fileStore is the line of a store at path.
func fileStore(path string) string {
	return "signing_key {env.EDGES_KEY}\nreuse_grace 60s\nstore file " + path + " {\n" + patient + "\n}\n"
}

// TestValidateBeside a running edge passes, and changes nothing; where there is
// no file it makes none.
func TestValidateBeside(t *testing.T) {
	path := filepath.Join(t.TempDir(), "records", "tokens.db")
	e := newEdge(t, fileStore(path))
	e.configure()
	validate := func(when string) {
		t.Helper()
		if out, err := e.command("validate", "--config", e.config, "--adapter", "caddyfile").CombinedOutput(); err != nil || !strings.Contains(string(out), "Valid configuration") {
			t.Errorf("%s: %v\n%s", when, err, out)
		}
	}
	validate("before the first start")
	if entries, err := os.ReadDir(filepath.Dir(path)); err == nil && len(entries) > 0 {
		t.Errorf("validate left %v", entries)
	}
	e.start()
	first := login()
	second := next(t, e.urls[0], first)
	before := digest(t, path)
	validate("beside the edge")
	if digest(t, path) != before {
		t.Error("validate changed the file")
	}
	third := next(t, e.urls[0], second)
	expect(t, e.urls[0], "refresh", first, refusal("straggler"))
	e.stop()
	validate("after the edge")
	e.start()
	replay(t, e.urls[0], second)
	next(t, e.urls[0], third)
}

func digest(t *testing.T, path string) [sha256.Size]byte {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return sha256.Sum256(content)
}

// TestSecondProcess on one file loads, says 503 while the first one has it, and
// goes on where that one ended, by its own will or not.
func TestSecondProcess(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tokens.db")
	impatient := strings.Replace(fileStore(path), patient, "timeout 300ms", 1)
	holder := startEdge(t, fileStore(path))
	spent := login()
	newest := next(t, holder.urls[0], next(t, holder.urls[0], spent))
	for _, end := range []func(*edge){(*edge).stop, (*edge).kill} {
		waiting := startEdge(t, impatient)
		for range 3 {
			expect(t, waiting.urls[0], "refresh", login(), unavailable)
			expect(t, waiting.urls[0], "refresh", spent, unavailable)
			newest = await(t, holder.urls[0], newest, "store_error").refresh
		}
		if status, answer := waiting.api("GET", "/token_refresh/status", ""); status != 200 || !strings.Contains(answer, `"up":false`) {
			t.Errorf("%d %s", status, answer)
		}
		end(holder)
		working(t, waiting.urls[0])
		if got := await(t, waiting.urls[0], spent, "store_error"); got != refusal("straggler") {
			t.Errorf("what the first process spent: %+v", got)
		}
		got := await(t, waiting.urls[0], newest, "store_error")
		if got.status != 200 {
			t.Fatalf("what the first process gave out: %+v", got)
		}
		// A store knows when the last eight tokens were spent: none that is older
		// than that is a straggler.
		spent, newest, holder = newest, got.refresh, waiting
	}
}
