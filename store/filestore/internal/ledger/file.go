// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"github.com/caddyrefresh/caddyrefresh/store"
)

// retryAfter is how long a failed attempt to open the file is the answer to
// everyone: a lock is asked for no more often than this.
const retryAfter = 100 * time.Millisecond

// File is a ledger that is opened when it is needed: at once where the file is
// there and free, else with the first operation that finds it so. It makes the
// file only when there is something to ask of it, so that a config can be
// checked without leaving a trace.
type File struct {
	path    string
	options Options

	// created is told once when the file had to be made.
	created func()

	mu      sync.Mutex
	ledger  *Ledger
	opening chan struct{} // closed when the attempt under way is over
	err     error         // of the last attempt
	tried   time.Time
	closed  bool
}

// NewFile prepares a file at an absolute path. It fails where the file is there
// and damaged, where it cannot be written, and where it is missing and could not
// be made; a lock held by another process is no failure. created is called when
// the file is made, which may be long after.
func NewFile(path string, o Options, created func()) (*File, error) {
	f := &File{path: path, options: o, created: created}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return f, probe(filepath.Dir(path))
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is not a regular file", path)
	}
	if _, err := f.get(context.Background()); err != nil && !errors.Is(err, ErrLocked) {
		return nil, err
	}
	return f, nil
}

// probe reports why no file could be made below dir, which need not be there
// yet. It leaves nothing behind.
func probe(dir string) error {
	dir, err := nearest(dir)
	if err != nil {
		return err
	}
	file, err := os.CreateTemp(dir, ".token_refresh-probe-*")
	if err != nil {
		return err
	}
	return errors.Join(file.Close(), os.Remove(file.Name()))
}

// nearest returns dir, or the nearest directory above it that is there.
func nearest(dir string) (string, error) {
	for {
		info, err := os.Stat(dir)
		parent := filepath.Dir(dir)
		switch {
		case err == nil && !info.IsDir():
			return "", fmt.Errorf("%s is not a directory", dir)
		case err == nil:
			return dir, nil
		case !errors.Is(err, fs.ErrNotExist) || parent == dir:
			return "", err
		}
		dir = parent
	}
}

// get returns the open ledger. One attempt to open it is made for everyone who
// waits, and goes on if they give up: a large file takes a while to read.
func (f *File) get(ctx context.Context) (*Ledger, error) {
	f.mu.Lock()
	switch {
	case f.ledger != nil:
		defer f.mu.Unlock()
		return f.ledger, nil
	case f.closed:
		f.mu.Unlock()
		return nil, ErrClosed
	case f.opening == nil && time.Since(f.tried) < retryAfter:
		defer f.mu.Unlock()
		return nil, f.err
	case f.opening == nil:
		f.opening = make(chan struct{})
		go f.open(f.opening) //nolint:contextcheck // opening goes on when one request gives up
	}
	opening := f.opening
	f.mu.Unlock()
	select {
	case <-opening:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.ledger == nil {
		return nil, f.err
	}
	return f.ledger, nil
}

func (f *File) open(over chan struct{}) {
	ledger, fresh, err := f.attempt()
	f.mu.Lock()
	f.ledger, f.err, f.opening, f.tried = ledger, err, nil, time.Now()
	f.mu.Unlock()
	close(over)
	if fresh && err == nil && f.created != nil {
		f.created()
	}
}

func (f *File) attempt() (_ *Ledger, fresh bool, _ error) {
	_, err := os.Stat(f.path)
	if !errors.Is(err, fs.ErrNotExist) {
		ledger, err := Open(f.path, f.options)
		return ledger, false, err
	}
	dir := filepath.Dir(f.path)
	old, err := nearest(dir)
	if err != nil {
		return nil, true, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, true, err
	}
	ledger, err := Open(f.path, f.options)
	if err != nil {
		return nil, true, err
	}
	// The names of what was made must be as durable as what is written next.
	for ; ; dir = filepath.Dir(dir) {
		if err := syncDir(dir); err != nil {
			return nil, true, errors.Join(err, ledger.Close())
		}
		if dir == old {
			return ledger, true, nil
		}
	}
}

func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil // which knows no such thing
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// Close closes the file, once an attempt to open it is over.
func (f *File) Close() error {
	f.mu.Lock()
	f.closed = true
	opening := f.opening
	f.mu.Unlock()
	if opening != nil {
		<-opening
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.ledger == nil {
		return nil
	}
	ledger := f.ledger
	f.ledger, f.err, f.tried = nil, ErrClosed, time.Now()
	return ledger.Close()
}

// Check answers store.Store's Check.
func (f *File) Check(ctx context.Context, c *store.Check) (store.Answer, error) {
	l, err := f.get(ctx)
	if err != nil {
		return store.Answer{}, f.wrap(err)
	}
	a, err := l.Check(ctx, c)
	return a, f.wrap(err)
}

// Spend answers store.Store's Spend.
func (f *File) Spend(ctx context.Context, s *store.Spend) (store.Answer, error) {
	l, err := f.get(ctx)
	if err != nil {
		return store.Answer{}, f.wrap(err)
	}
	a, err := l.Spend(ctx, s)
	return a, f.wrap(err)
}

// Revoke answers store.Store's Revoke.
func (f *File) Revoke(ctx context.Context, r *store.Revocation) (store.RevokeAnswer, error) {
	l, err := f.get(ctx)
	if err != nil {
		return store.RevokeAnswer{}, f.wrap(err)
	}
	a, err := l.Revoke(ctx, r)
	return a, f.wrap(err)
}

// CutOff answers store.Store's CutOff.
func (f *File) CutOff(ctx context.Context, c *store.CutOff) (store.CutOffAnswer, error) {
	l, err := f.get(ctx)
	if err != nil {
		return store.CutOffAnswer{}, f.wrap(err)
	}
	a, err := l.CutOff(ctx, c)
	return a, f.wrap(err)
}

// Status answers store.Store's Status.
func (f *File) Status(ctx context.Context) store.Status {
	f.mu.Lock()
	ledger, err, tried := f.ledger, f.err, f.tried
	f.mu.Unlock()
	var st store.Status
	switch {
	case ledger != nil:
		st = ledger.Status()
	case err == nil:
		st = store.Status{Up: true, Now: f.now()} // not made yet
	default:
		st = store.Status{Now: f.now(), Entries: -1, LastError: err.Error(), LastErrorAt: tried}
	}
	st.Kind = Kind
	return st
}

func (f *File) now() time.Time {
	if f.options.Now != nil {
		return f.options.Now()
	}
	return time.Now()
}

// Kind is the kind of store that a File is.
const Kind = "file"

// wrap says which file could not answer. Errors that say something of the
// request are left alone.
func (f *File) wrap(err error) error {
	if err == nil || errors.Is(err, store.ErrNoUser) || errors.Is(err, store.ErrChainTooLong) {
		return err
	}
	return fmt.Errorf("%w: %s: %w", store.ErrUnavailable, f.path, err)
}
