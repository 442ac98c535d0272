// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/caddyrefresh/caddyrefresh/store"
)

// TestCorrupt writes random bytes over random parts of a healthy file. Opening
// it fails or works; it never takes the process down, which is how bbolt meets a
// damaged page.
func TestCorrupt(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tokens.db")
	f := newFile(t, path, Options{})
	jti := "00000000000000000000000000000000"
	for range 300 {
		want(t, f, jti, store.Rotated)
		jti = store.Successor(jti)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	used := len(whole)
	for used > 0 && whole[used-1] == 0 {
		used--
	}
	rnd := rand.New(rand.NewPCG(3, 4))
	refused := 0
	const rounds = 300
	for round := range rounds {
		bad := append([]byte(nil), whole...)
		for range 1 + rnd.IntN(3) {
			at := rnd.IntN(used)
			if rnd.IntN(2) == 0 { // heads of pages are what bbolt trusts
				at = at/os.Getpagesize()*os.Getpagesize() + rnd.IntN(48)
			}
			for i := range 1 + rnd.IntN(8) {
				if at+i < used {
					bad[at+i] = byte(rnd.Uint32())
				}
			}
		}
		if err := os.WriteFile(path, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		f, err := NewFile(path, Options{}, nil)
		if err != nil {
			refused++
			continue
		}
		_, _ = f.Spend(t.Context(), spending("after", 0))
		if err := f.Close(); err != nil {
			t.Errorf("round %d: Close: %v", round, err)
		}
	}
	if refused == 0 || refused == rounds {
		t.Errorf("%d of %d damaged files were refused", refused, rounds)
	}
}
