// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package edges

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestCheck: the command check asks a running edge about the file that it holds, and
// opens the file once nobody holds it, also after a crash. A token that it was asked
// about is as good as before.
func TestCheck(t *testing.T) {
	e := startEdge(t, "\t\tsigning_key {env.EDGES_KEY}\n\t\tname held\n")
	check := func(token string) (lines []string, ok bool) {
		t.Helper()
		file := filepath.Join(t.TempDir(), "token")
		if err := os.WriteFile(file, []byte(token+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		cmd := e.command("token-refresh", "check", "--config", e.config, "--name", "held", "--token", "@"+file)
		out, err := cmd.Output()
		if strings.Contains(string(out), token) {
			t.Errorf("it prints the token:\n%s", out)
		}
		return strings.Split(strings.TrimSpace(strings.ReplaceAll(string(out), " (/api/token/refresh)", "")), "\n"), err == nil
	}
	wants := func(token string, store string, good bool) {
		t.Helper()
		got, ok := check(token)
		verdict := "ok: held: a client with this token would get 200 with an access token and a new refresh token"
		if !good {
			verdict = "wrong: held: the token is refused: it was used before"
		}
		if len(got) < 3 || got[0] != store || got[2] != verdict || ok != good {
			t.Errorf("exit 0: %v, it says\n%s\nwant\n%s\n%s", ok, strings.Join(got, "\n"), store, verdict)
		}
	}
	const held = "ok: held: store file is held by a running edge, which reports that it is up"
	if made := ask(t, e.urls[0], "refresh", login()); made.status != 200 { // which makes the file
		t.Fatalf("%+v", made)
	}
	first := login()
	wants(first, held, true)
	got := ask(t, e.urls[0], "refresh", first)
	if got.status != 200 {
		t.Fatalf("the token was spent by who asked about it: %+v", got)
	}
	wants(first, held, false)
	wants(got.refresh, held, true)

	e.kill()
	const free = "ok: held: store file answers and grants the rights that the edge needs (records: 2)"
	wants(first, free, false)
	wants(got.refresh, free, true)
	e.start()
	if next := ask(t, e.urls[0], "refresh", got.refresh); next.status != 200 {
		t.Errorf("after a restart: %+v", next)
	}
}
