// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/caddyrefresh/caddyrefresh/store"
)

// TestGone guards that a file which is deleted, moved away or replaced under the
// running edge is noticed at once, and that nothing else is taken in its place
// before the process ends.
func TestGone(t *testing.T) {
	for name, tc := range map[string]struct {
		take, bring func(t *testing.T, path string)
	}{
		"moved away": {
			func(t *testing.T, path string) { rename(t, path, path+".away") },
			func(t *testing.T, path string) { rename(t, path+".away", path) },
		},
		"deleted":                 {remove, nil},
		"log deleted":             {func(t *testing.T, path string) { remove(t, path+walSuffix) }, nil},
		"replaced by an old copy": {func(t *testing.T, path string) { rename(t, path+".old", path) }, nil},
		"replaced by a new file": {
			func(t *testing.T, path string) {
				remove(t, path)
				if err := Make(path, time.Now(), nil); err != nil {
					t.Fatal(err)
				}
			}, nil,
		},
		"replaced by one that has more": {
			func(t *testing.T, path string) {
				other := newFile(t, path+".other", Options{})
				for _, jti := range []string{"w", "x", "y", "z"} {
					want(t, other, jti, store.Rotated)
				}
				if err := other.Close(); err != nil {
					t.Fatal(err)
				}
				remove(t, path+walSuffix)
				rename(t, path+".other", path)
			}, nil,
		},
		"an old copy written over it": {func(t *testing.T, path string) { poke(t, path, read(t, path+".old"), 0) }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "tokens.db")
			f := newFile(t, path, Options{Watch: 5 * time.Millisecond})
			want(t, f, "a", store.Rotated)
			if err := f.Close(); err != nil {
				t.Fatal(err)
			}
			write(t, path+".old", read(t, path))
			f = newFile(t, path, Options{Watch: 5 * time.Millisecond})
			want(t, f, "b", store.Rotated)
			tc.take(t, path)
			wantDown(t, f)
			for _, jti := range []string{"b", "c"} {
				want503(t, f, jti)
			}
			if _, err := f.Check(t.Context(), &store.Check{Token: store.Token{JTI: "d"}}); !errors.Is(err, store.ErrUnavailable) {
				t.Errorf("Check: %v, want ErrUnavailable", err)
			}
			if tc.bring != nil {
				tc.bring(t, path)
				wantUp(t, f)
				want(t, f, "b", store.Reused)
				return
			}
			_, before := os.Stat(path)
			f.Renew()
			for range 3 {
				if a, err := f.Spend(t.Context(), spending("b", 0)); err == nil && a.Verdict != store.Reused {
					t.Errorf("Spend of a spent token after a reload = %v", a.Verdict)
				}
			}
			if _, after := os.Stat(path); (before == nil) != (after == nil) {
				t.Errorf("a reload made a new file: %v", after)
			}
		})
	}
}

// TestGoneBeforeTheAnswer guards that what is written to a file which was moved away
// is not answered, also where nobody has noticed the move before.
func TestGoneBeforeTheAnswer(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tokens.db")
	f := newFile(t, path, Options{Watch: time.Hour})
	want(t, f, "a", store.Rotated)
	rename(t, path, path+".away")
	want503(t, f, "b")
	want503(t, f, "a")
}

func rename(t *testing.T, from, to string) {
	t.Helper()
	if err := os.Rename(from, to); err != nil {
		t.Fatal(err)
	}
}

func wantDown(t *testing.T, f *File) {
	t.Helper()
	for deadline := time.Now().Add(hang); ; time.Sleep(time.Millisecond) {
		s := f.Status(t.Context())
		if !s.Up && s.LastError != "" {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("Status = %+v, want down, with the reason", s)
		}
	}
}

// TestReloadMends guards that a reload takes the file again once it was mended,
// and only then.
func TestReloadMends(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tokens.db")
	f := newFile(t, path, Options{Watch: 5 * time.Millisecond})
	want(t, f, "a", store.Rotated)
	whole := imageOf(t, path)
	truncate(t, path, 0)
	wantDown(t, f)
	f.Renew()
	want503(t, f, "a")
	whole.restore(t, path)
	want503(t, f, "a")
	f.Renew()
	want(t, f, "a", store.Reused)
	want(t, f, "b", store.Rotated)
}
