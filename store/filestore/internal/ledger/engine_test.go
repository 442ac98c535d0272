// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"bytes"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/caddyrefresh/caddyrefresh/store"
)

// TestPanic guards that a database which stumbles over its file, when it reads or
// when it writes, is a damaged file and not the end of the process.
func TestPanic(t *testing.T) {
	for _, what := range []string{"read", "write"} {
		t.Run(what, func(t *testing.T) {
			var bad badDisk
			f := newFile(t, filepath.Join(t.TempDir(), "tokens.db"), Options{Disk: bad.wrap, Cache: 64, Watch: time.Hour})
			spent := fillWith(t, f, 3_000) // more than the cache holds
			bad.set(func(_, is string) error {
				if is == what {
					panic("a page that nobody foresaw")
				}
				return nil
			})
			for _, jti := range []string{spent[0], "fresh"} {
				if a, err := f.Spend(t.Context(), spending(jti, 0)); err == nil && a.Verdict != store.Reused {
					t.Errorf("Spend(%q) = %v, want an error", jti, a.Verdict)
				}
			}
			if s := f.Status(t.Context()); s.Up || !strings.Contains(s.LastError, ErrDamaged.Error()) {
				t.Errorf("Status = %+v, want down, since the file is damaged", s)
			}
			bad.set(nil)
		})
	}
}

// bare makes a file and opens it without a ledger, to write what no ledger would.
func bare(t *testing.T, path string) (*engine, state, func()) {
	t.Helper()
	if err := Make(path, time.Now(), nil); err != nil {
		t.Fatal(err)
	}
	v := newVolume(path, nil)
	e, err := connect(v)
	if err != nil {
		t.Fatal(err)
	}
	s, err := e.state()
	if err := errors.Join(err, e.prepare()); err != nil {
		t.Fatal(err)
	}
	return e, s, func() {
		t.Helper()
		if err := errors.Join(e.close(), v.close()); err != nil {
			t.Fatal(err)
		}
	}
}

// TestRowsMissing guards that a row which is gone from the log is noticed when it
// is to be removed.
func TestRowsMissing(t *testing.T) {
	e, s, closed := bare(t, filepath.Join(t.TempDir(), "tokens.db"))
	defer closed()
	transact := func(f func() error) error { return e.transact(f, func() state { return s }) }
	if err := transact(func() error { return errors.Join(e.insert(1, []byte("x")), e.insert(3, []byte("x"))) }); err != nil {
		t.Fatal(err)
	}
	if err := transact(func() error { return e.remove(1, 3, 3) }); !errors.Is(err, ErrDamaged) {
		t.Errorf("removing three rows where two are: %v, want ErrDamaged", err)
	}
	if err := transact(func() error { return e.remove(1, 3, 2) }); err != nil {
		t.Errorf("removing the two, which the transaction before must not have done: %v", err)
	}
}

// TestSupersede guards that a newer record takes all older ones of its session out
// of the index, and none of another session whose hash is alike: that one would be
// forgotten.
func TestSupersede(t *testing.T) {
	e, s, closed := bare(t, filepath.Join(t.TempDir(), "tokens.db"))
	defer closed()
	mine := appendSession(nil, "", store.Locate("a").Session)
	other := appendSession(nil, "", store.Locate("b").Session)
	if err := e.transact(func() (err error) {
		for i, identity := range [][]byte{mine, other, mine} {
			sequence := uint64(i + 1)
			err = errors.Join(err, e.insert(sequence, sealed(sequence, 0, identity, appendRecord(nil, &store.Record{Last: 1}))))
		}
		return err
	}, func() state { return s }); err != nil {
		t.Fatal(err)
	}
	l := &Ledger{engine: e}
	const hash = 42
	for sequence := range uint64(3) {
		l.index.add(hash, sequence+1)
	}
	if err := l.supersede(hash, mine); err != nil {
		t.Fatal(err)
	}
	if got := l.index.find(hash, nil); !slices.Equal(got, []uint64{2}) {
		t.Errorf("the index holds %v, want the record of the other session, 2", got)
	}
}

// TestUnknownForm guards that a record which is whole, and of a form that this
// version does not know, makes the file a damaged one: what it says of a session
// could not be heeded. A file that is good has its commits in its header once it is
// read, so that an older copy in its place would be noticed.
func TestUnknownForm(t *testing.T) {
	identity := appendSession(nil, "", store.Locate("a").Session)
	good := appendRecord(nil, &store.Record{Last: 1, Keep: time.Now().Unix() + 86_400})
	for name, tc := range map[string]struct {
		sequence uint64
		content  []byte
		known    bool
	}{
		"known":             {1, good, true},
		"the last sequence": {maxSequence, good, true},
		"beyond the last":   {maxSequence + 1, good, false},
		"unknown content":   {1, []byte("content of a version to come"), false},
		"no content":        {1, nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "tokens.db")
			e, s, closed := bare(t, path)
			value := sealed(tc.sequence, 0, identity, tc.content)
			s.commits, s.rows, s.sum, s.last = 7, 1, share(tc.sequence, value), tc.sequence
			if err := e.transact(func() error { return e.insert(tc.sequence, value) }, func() state { return s }); err != nil {
				t.Fatal(err)
			}
			closed()
			f := newFile(t, path, Options{})
			a, err := f.Check(t.Context(), &store.Check{Token: store.Token{JTI: "a"}})
			if known := err == nil && a.Verdict == store.Spent; known != tc.known {
				t.Errorf("Check = %v, %v; want an answer: %t", a.Verdict, err, tc.known)
			}
			if s := f.Status(t.Context()); !tc.known && (s.Up || !strings.Contains(s.LastError, "has an unknown form")) {
				t.Errorf("Status = %+v, want down, with the reason", s)
			}
			if err := f.Close(); err != nil {
				t.Fatal(err)
			}
			if _, mark, err := readHeader(bytes.NewReader(read(t, path))); err != nil || (mark == 7) != tc.known {
				t.Errorf("the header counts %d commits, %v; want 7: %t", mark, err, tc.known)
			}
		})
	}
}
