// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"context"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/caddyrefresh/caddyrefresh/store"
)

// TestRefusesAtLoad guards that what cannot ever work, and is seen at once, fails
// when the config is loaded, a file of length zero among it.
func TestRefusesAtLoad(t *testing.T) {
	dir := t.TempDir()
	healthy := filepath.Join(dir, "healthy.db")
	f := newFile(t, healthy, Options{})
	want(t, f, "a", store.Rotated)
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	whole := read(t, healthy)
	file := func(name string, content []byte) string {
		path := filepath.Join(dir, name)
		write(t, path, content)
		return path
	}
	changed := func(change func(b []byte)) []byte {
		b := append([]byte(nil), whole...)
		change(b)
		return b
	}
	other := filepath.Join(dir, "bolt.db")
	db, err := bolt.Open(other, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		path string
		want error
		text string
	}{
		"empty":             {file("empty", nil), ErrDamaged, "it is empty"},
		"text":              {file("text", []byte(strings.Repeat("not a database\n", 1000))), ErrForeign, ""},
		"one byte":          {file("byte", []byte("x")), ErrForeign, ""},
		"cut in the magic":  {file("magic", whole[:10]), ErrDamaged, "ends after 10 bytes"},
		"cut in the header": {file("cut", whole[:headerSize-1]), ErrDamaged, ""},
		"id garbled":        {file("id", changed(func(b []byte) { b[40]++ })), ErrDamaged, "checksum"},
		"both marks garbled": {
			file("marks", changed(func(b []byte) { b[markPlaces[0]]++; b[markPlaces[1]]++ })), ErrDamaged, "marks",
		},
		"another layout": {file("layout", changed(func(b []byte) {
			binary.BigEndian.PutUint32(b[32:], layoutVersion+1)
			binary.BigEndian.PutUint32(b[52:], crc32.Checksum(b[:52], castagnoli))
		})), store.ErrLayout, "version 3"},
		"another database":    {other, ErrForeign, ""},
		"directory":           {dir, nil, "not a regular file"},
		"below a file":        {filepath.Join(healthy, "tokens.db"), nil, "not a directory"},
		"far below a file":    {filepath.Join(healthy, "a", "b", "tokens.db"), nil, "not a directory"},
		"no place for a file": {"/proc/token_refresh/tokens.db", nil, "/proc"},
	} {
		f, err := NewFile(tc.path, Options{}, nil)
		if err == nil {
			t.Errorf("%s: NewFile reports no error", name)
			_ = f.Close()
			continue
		}
		if tc.want != nil && !errors.Is(err, tc.want) {
			t.Errorf("%s: NewFile: %v, want %v", name, err, tc.want)
		}
		if !strings.Contains(err.Error(), tc.text) {
			t.Errorf("%s: NewFile: %q does not say %q", name, err, tc.text)
		}
	}
	// One of the two marks may be cut off by a power cut.
	for i, at := range markPlaces {
		f := newFile(t, file("mark"+string(rune('0'+i)), changed(func(b []byte) { b[at]++ })), Options{})
		want(t, f, "a", store.Reused)
	}
}

// TestMissingRecord guards that the index is a witness: a record that it knows and
// the file does not give back is damage, never a yes.
func TestMissingRecord(t *testing.T) {
	f := newFile(t, filepath.Join(t.TempDir(), "tokens.db"), Options{})
	want(t, f, "a", store.Rotated)
	var n named
	n.identity = appendSession(nil, "", store.Locate("b").Session)
	n.rehash(f.ledger)
	f.ledger.index.add(n.hash, 1_000)
	for _, jti := range []string{"b", "a", "c"} {
		if a, err := f.Spend(t.Context(), spending(jti, 0)); !errors.Is(err, ErrDamaged) || !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("Spend = %v, %v; want ErrDamaged", a.Verdict, err)
		}
	}
	if s := f.Status(t.Context()); s.Up || !strings.Contains(s.LastError, "record 1000 is missing") {
		t.Errorf("Status = %+v, want down, with the reason", s)
	}
}

// TestLookedAt guards that a file which is opened and closed again at any moment,
// as `caddy validate` does, is left alone.
func TestLookedAt(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tokens.db")
	f := newFile(t, path, Options{})
	spent := fillWith(t, f, 3_000)
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	for i := range 30 {
		f, err := NewFile(path, Options{}, nil)
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(i) * 500 * time.Microsecond)
		if err := f.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
		if entries, err := os.ReadDir(filepath.Dir(path)); err != nil || len(entries) != 1 {
			t.Fatalf("after a look there are %v, %v", entries, err)
		}
	}
	if !opens(t, path, spent) {
		t.Error("the file is refused")
	}
}

// TestBackground guards that a file which takes long to read holds up nothing but
// its own answers: neither the load of the config, nor the next one, nor a stop.
func TestBackground(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tokens.db")
	f := newFile(t, path, Options{})
	want(t, f, "a", store.Rotated)
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	var bad badDisk
	release := make(chan struct{})
	bad.set(func(_, what string) error {
		if what == "read" {
			<-release
		}
		return nil
	})
	f = newFile(t, path, Options{Disk: bad.wrap})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if a, err := f.Spend(ctx, spending("a", 0)); !errors.Is(err, store.ErrUnavailable) || a.Verdict != store.Undecided {
		t.Errorf("Spend while the file is read = %v, %v; want ErrUnavailable", a.Verdict, err)
	}
	if s := f.Status(t.Context()); s.Up || s.LastError != "file is being read" {
		t.Errorf("Status while the file is read = %+v", s)
	}
	close(release)
	want(t, f, "a", store.Reused)
	wantUp(t, f)
}
