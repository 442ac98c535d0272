// SPDX-License-Identifier: Apache-2.0

package caddyrefresh

import (
	"errors"
	"strings"
	"testing"
	"time"
)

// TestReadyCommand: the command, which health checks of containers run, fails until the
// store has answered, and passes from then on, also while the store fails.
func TestReadyCommand(t *testing.T) {
	shelf := newShelf(nil)
	shelf.Fail(errors.New("no route to host"))
	edge := startEdge(t, spending(shelf.line(), "name "+shelf.name()))
	address := "127.0.0.1:" + edge.Value("portadmin")
	ask := func() (string, error) {
		out, _, err := tokenRefresh("", "ready", "--address", address)
		return out, err
	}
	if out, err := ask(); err == nil || !strings.Contains(err.Error(), "no route to host") || out != "" {
		t.Errorf("before the store answers: %v, output %q, want an error that says what is missing", err, out)
	}
	shelf.Fail(nil)
	await := func(want string) {
		t.Helper()
		for until := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
			out, err := ask()
			if err == nil && strings.Contains(out, want) {
				return
			}
			if time.Now().After(until) {
				t.Fatalf("after a minute: %v, output %q, want %s", err, out, want)
			}
		}
	}
	await(`"degraded":[]`)
	shelf.Fail(errors.New("no route to host"))
	await("no route to host")
	if _, _, err := tokenRefresh("", "ready", "--address", "127.0.0.1:1"); err == nil {
		t.Error("it passes although nothing listens there")
	}
}
