// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"errors"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"github.com/caddyrefresh/caddyrefresh/store"
)

// image is what lies on the disk at a moment: the file and its log.
type image struct{ file, log []byte }

func imageOf(t *testing.T, path string) image {
	t.Helper()
	return image{read(t, path), read(t, path+walSuffix)}
}

func (i image) restore(t *testing.T, path string) {
	t.Helper()
	write(t, path, i.file)
	write(t, path+walSuffix, i.log)
}

// opens reports whether a file opens. Where it does, it must know all that was
// spent; where it does not, it must say that it is damaged, and refuse everything.
func opens(t *testing.T, path string, spent []string) bool {
	t.Helper()
	f, err := NewFile(path, Options{}, nil)
	if err != nil {
		if !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrForeign) && !errors.Is(err, store.ErrLayout) {
			t.Errorf("NewFile: %v, want ErrDamaged", err)
		}
		return false
	}
	defer func() { _ = f.Close() }()
	for _, jti := range spent {
		a, err := f.Spend(t.Context(), spending(jti, 0))
		switch {
		case err == nil && a.Verdict != store.Reused:
			t.Errorf("a spent token = %v", a.Verdict)
			return true
		case err != nil && (!errors.Is(err, ErrDamaged) || !errors.Is(err, store.ErrUnavailable)):
			t.Errorf("Spend: %v, want ErrDamaged", err)
			return false
		case err != nil:
			if s := f.Status(t.Context()); s.Up || s.LastError == "" {
				t.Errorf("Status of a damaged file = %+v", s)
			}
			return false
		}
	}
	return true
}

// TestTorn guards the difference between a commit that was never answered, which
// a power cut may tear anywhere, and one that was. SQLite takes its log for ended
// where it is damaged, and says nothing: the mark does.
func TestTorn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tokens.db")
	f := newFile(t, path, Options{})
	spent := fillWith(t, f, 50)
	before := imageOf(t, path)
	want(t, f, "more", store.Rotated)
	after := imageOf(t, path)
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	rnd := rand.New(rand.NewPCG(1, 5))
	step := (len(after.log) - len(before.log)) / 40
	for cut := len(before.log); cut <= len(after.log); cut += 1 + rnd.IntN(step) {
		image{before.file, after.log[:cut]}.restore(t, path)
		if !opens(t, path, spent) {
			t.Errorf("a commit that was never answered is cut off after %d bytes, and the file is refused", cut-len(before.log))
		}
	}
	torn := append(append([]byte(nil), after.log...), garbage(5000)...)
	copy(torn[len(before.log)+100:], garbage(2000))
	image{before.file, torn}.restore(t, path)
	if !opens(t, path, spent) {
		t.Error("a commit that was never answered is garbled, and the file is refused")
	}
	for range 40 {
		image{after.file, after.log[:rnd.IntN(len(after.log))]}.restore(t, path)
		if opens(t, path, append(spent, "more")) {
			t.Error("the log is cut off in what was answered, and the file opens")
		}
		bad := append([]byte(nil), after.log...)
		bad[rnd.IntN(len(bad))] ^= 1 << rnd.IntN(8)
		image{after.file, bad}.restore(t, path)
		opens(t, path, append(spent, "more")) // some bits of the log mean nothing
	}
	image{after.file, nil}.restore(t, path)
	if opens(t, path, spent) {
		t.Error("the log is gone, and the file opens")
	}
}

// TestDamagedAtRest guards that a file which was damaged while nobody had it open
// is whole, or refused: random bits, pages of garbage, pages that are older or lie
// in another's place, and a file that was cut off. (The store on bbolt had no
// checksums: 64 damaged bytes brought a spent token back in one of 35 runs.)
func TestDamagedAtRest(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tokens.db")
	f := newFile(t, path, Options{})
	spent := fillWith(t, f, 1_000)
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	older := read(t, path)
	f = newFile(t, path, Options{})
	for i := range 300 {
		jti := store.Successor(spent[i])
		want(t, f, jti, store.Rotated)
		spent = append(spent, jti)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	whole := read(t, path)
	rnd := rand.New(rand.NewPCG(3, 4))
	refused := 0
	for round := range rounds(t, 60, "DAMAGE") {
		bad := append([]byte(nil), whole...)
		pages := len(bad)/4096 - 1
		page := func() int { return 4096 * (1 + rnd.IntN(pages)) }
		switch round % 6 {
		case 0:
			for range 1 + rnd.IntN(64) {
				bad[rnd.IntN(len(bad))] ^= 1 << rnd.IntN(8)
			}
		case 1:
			copy(bad[page():], garbage(4096))
		case 2: // a page that was not written, with a checksum that fits it
			at := page()
			copy(bad[at:min(at+4096, len(bad))], older[min(at, len(older)-4096):])
		case 3:
			at := page()
			copy(bad[at:at+4096], whole[page():])
		case 4:
			bad = bad[:rnd.IntN(len(bad))]
		case 5:
			clear(bad[page():][:4096])
		}
		write(t, path, bad)
		if !opens(t, path, spent) {
			refused++
		}
	}
	if refused == 0 {
		t.Error("no damaged file was refused")
	}
	write(t, path, whole)
	if !opens(t, path, spent) {
		t.Error("the whole file is refused")
	}
}
