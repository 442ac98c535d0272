// SPDX-License-Identifier: Apache-2.0

package redisstore

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/caddyrefresh/caddyrefresh/store"
)

// TestPeek answers as Check does about tokens of every kind, and never writes: not
// even the layout, which the store's own client writes before its first question.
func TestPeek(t *testing.T) {
	e := startEmbedded(t)
	s := unwatched(t, &Store{Addresses: []string{e.Addr()}, Timeout: patient})
	fresh, spent, ended, out := login(), login(), login(), login()
	out.User = store.User{ID: "8", Kind: store.IntegerUser}
	peek := func(token store.Token) store.Verdict {
		t.Helper()
		a, err := s.Peek(t.Context(), &store.Check{Name: "shop", Token: token})
		if err != nil {
			t.Fatal(err)
		}
		return a.Verdict
	}
	if v := peek(fresh); v != store.Live || len(e.Keys()) > 0 {
		t.Fatalf("nothing is known: %v; it wrote %q", v, e.Keys())
	}
	mustSpend(t, s, spent, store.Rotated)
	if _, err := s.Revoke(t.Context(), &store.Revocation{Name: "shop", Token: ended}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.CutOff(t.Context(), &store.CutOff{Name: "shop", User: out.User, Second: out.IssuedAt, Lifetime: time.Hour}); err != nil {
		t.Fatal(err)
	}
	before := e.Dump()
	for _, tt := range []struct {
		token store.Token
		want  store.Verdict
	}{{fresh, store.Live}, {spent, store.Spent}, {ended, store.Refused}, {out, store.Refused}} {
		if got := peek(tt.token); got != tt.want {
			t.Errorf("Peek = %v, want %v", got, tt.want)
		}
		a, err := s.Check(t.Context(), &store.Check{Name: "shop", Token: tt.token})
		if err != nil || a.Verdict != tt.want {
			t.Errorf("Check = %v, %v; want %v", a.Verdict, err, tt.want)
		}
	}
	if diff := cmp.Diff(before, e.Dump()); diff != "" {
		t.Errorf("it has written:\n%s", diff)
	}
}

// TestInspectLayout: what another release keeps below the prefix is told, and
// left alone.
func TestInspectLayout(t *testing.T) {
	e := startEmbedded(t)
	s := unwatched(t, &Store{Addresses: []string{e.Addr()}})
	for layout, want := range map[string]string{"1 name": "", "2 name": "has the layout \"2\", this release has 1"} {
		if err := e.Set(s.layoutKey("0"), layout); err != nil {
			t.Fatal(err)
		}
		before := e.Dump()
		report := s.Inspect(t.Context(), new(store.Inspection))
		if faults := strings.Join(report.Faults, "; "); want == "" && faults != "" || !strings.Contains(faults, want) {
			t.Errorf("%s: %q, want %q", layout, faults, want)
		}
		if !report.Now.Equal(e.clock.Now().Truncate(time.Microsecond)) {
			t.Errorf("the clock is %v, want %v", report.Now, e.clock.Now())
		}
		if diff := cmp.Diff(before, e.Dump()); diff != "" {
			t.Errorf("it has written:\n%s", diff)
		}
	}
}
