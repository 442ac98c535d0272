// SPDX-License-Identifier: Apache-2.0

package filestore

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"

	"github.com/caddyrefresh/caddyrefresh/store"
)

// TestInspect looks at a file that is not there, which is not made, at one that is
// free, and at one that another process has: another name of it stands for that.
func TestInspect(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tokens.db")
	s := &Store{Path: path, Timeout: caddy.Duration(10 * time.Second)}
	cleanup, err := provision(t, s)
	if err != nil {
		t.Fatal(err)
	}
	token := store.Token{JTI: "a", IssuedAt: time.Now().Unix(), ExpiresAt: time.Now().Unix() + 3600}
	report := s.Inspect(t.Context(), new(store.Inspection))
	a, err := s.Peek(t.Context(), &store.Check{Token: token})
	if len(report.Faults) > 0 || len(report.Remarks) != 1 || report.Held || err != nil || a.Verdict != store.Live {
		t.Errorf("not there: %+v, %v, %v", report, a.Verdict, err)
	}
	if _, err := os.Stat(path); err == nil {
		t.Fatal("it made the file")
	}
	if _, err := s.Revoke(t.Context(), &store.Revocation{Token: token}); err != nil {
		t.Fatal(err)
	}
	report = s.Inspect(t.Context(), new(store.Inspection))
	a, err = s.Peek(t.Context(), &store.Check{Token: token})
	if len(report.Faults)+len(report.Remarks) > 0 || report.About != "records: 1" || err != nil || a.Verdict != store.Refused {
		t.Errorf("there: %+v, %v, %v", report, a.Verdict, err)
	}
	other := path + ".other"
	if err := os.Link(path, other); err != nil {
		t.Fatal(err)
	}
	second := &Store{Path: other}
	if _, err := provision(t, second); err != nil {
		t.Fatal(err)
	}
	if report := second.Inspect(t.Context(), new(store.Inspection)); !report.Held || len(report.Faults) > 0 {
		t.Errorf("held: %+v", report)
	}
	if a, err := second.Peek(t.Context(), &store.Check{Token: token}); err == nil {
		t.Errorf("held: Peek = %v", a.Verdict)
	}
	cleanup()
}

// TestInspectDamage: a file that cannot be read is told, with the reason.
func TestInspectDamage(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tokens.db")
	s := &Store{Path: path}
	if _, err := provision(t, s); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(strings.Repeat("no store", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	report := s.Inspect(t.Context(), new(store.Inspection))
	if len(report.Faults) != 1 || !strings.Contains(report.Faults[0], "not a token store") {
		t.Errorf("%+v", report)
	}
}
