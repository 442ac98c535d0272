// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/caddyrefresh/caddyrefresh/store"
)

// lockPause is the pause between two attempts to get a lock that another process
// holds.
const lockPause = 100 * time.Millisecond

// The messages of a File to its operator.
const (
	NewFileMade = "token store is new and knows no token that was spent before"

	cannotBeUsed   = "token store cannot be used; requests are answered with 503"
	cannotBeClosed = "token store was not closed properly"
)

// File is a ledger that is opened in the background: at once if the file exists, else
// with the first operation, so that checking a config leaves no trace.
type File struct {
	path    string
	options Options
	tell    func(message string, err error)

	mu      sync.Mutex
	ledger  *Ledger
	opening chan struct{} // closed when the attempt under way is over
	err     error         // of the last attempt
	tried   time.Time
	pause   time.Duration // until the next attempt; negative: there is none
	stop    chan struct{} // closed to end an attempt under way
	closed  bool
}

// NewFile prepares a file at an absolute path. It fails where the file is not a
// token store, its header is damaged, it cannot be written, or it is missing and
// could not be made. What takes long, and a lock held by another process, is left
// to the background. tell is called with what an operator should know, which may
// be long after: with a nil error for a file that was made, and with an error for
// one that cannot be used.
func NewFile(path string, o Options, tell func(message string, err error)) (*File, error) {
	f := &File{path: path, options: o, tell: tell, stop: make(chan struct{})}
	there, err := f.inspect()
	if err != nil {
		return nil, err
	}
	if there {
		f.begin()
	}
	return f, nil
}

// inspect reports whether the file is there, and why it could not be used.
func (f *File) inspect() (there bool, err error) {
	info, err := os.Stat(f.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, probe(filepath.Dir(f.path))
	case err != nil:
		return false, err
	case !info.Mode().IsRegular():
		return false, fmt.Errorf("%s is not a regular file", f.path)
	}
	file, err := os.OpenFile(f.path, os.O_RDWR, 0)
	if err != nil {
		return false, err
	}
	_, _, err = readHeader(file)
	return true, errors.Join(err, file.Close())
}

// Renew gives a file that cannot be used another chance when the config is reloaded,
// since an operator may have mended it. If it is still bad, nothing changes, since
// the reload may be about something else. Until the process ends, a different file,
// an older copy or a new file is not taken in its place.
func (f *File) Renew() {
	f.mu.Lock()
	ledger, err := f.ledger, f.err
	if ledger != nil {
		err = ledger.bars()
	}
	usable := err == nil || f.opening != nil || f.closed
	f.mu.Unlock()
	if usable {
		return
	}
	if _, err := f.inspect(); err != nil {
		f.tells(cannotBeUsed, err)
		return
	}
	f.mu.Lock()
	if f.ledger != ledger || f.closed {
		f.mu.Unlock() // somebody else was faster
		return
	}
	f.ledger, f.err, f.tried, f.pause = nil, nil, time.Time{}, 0
	if ledger != nil {
		f.options.After = ledger.standing()
	}
	f.mu.Unlock()
	if ledger != nil {
		if err := ledger.Close(); err != nil {
			f.tells(cannotBeClosed, err)
		}
	}
	f.begin()
}

func (f *File) tells(message string, err error) {
	if f.tell != nil {
		f.tell(message, err)
	}
}

// begin starts an attempt to open the file unless one is under way or it is too
// early. It returns a channel that is closed when the attempt is over, or nil if
// there is none.
func (f *File) begin() chan struct{} {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case f.ledger != nil || f.closed || f.pause < 0:
		return nil
	case f.opening == nil && time.Since(f.tried) < f.pause:
		return nil
	case f.opening == nil:
		f.opening = make(chan struct{})
		go f.open(f.opening)
	}
	return f.opening
}

// get returns the open ledger. One attempt to open it is made for everyone who
// waits, and goes on if they give up: a large file takes a while to read.
func (f *File) get(ctx context.Context) (*Ledger, error) {
	if opening := f.begin(); opening != nil {
		select {
		case <-opening:
		case <-ctx.Done():
			return nil, fmt.Errorf("file is being read: %w", ctx.Err())
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case f.ledger != nil:
		return f.ledger, nil
	case f.closed:
		return nil, ErrClosed
	case f.err != nil:
		return nil, f.err
	}
	return nil, errBusy
}

func (f *File) open(over chan struct{}) {
	ledger, message, err := f.attempt()
	f.mu.Lock()
	first := f.err == nil
	f.ledger, f.err, f.opening, f.tried = ledger, err, nil, time.Now()
	switch {
	case err == nil:
		f.pause = 0
	case errors.Is(err, ErrLocked):
		f.pause = lockPause
	case errors.Is(err, ErrDamaged), errors.Is(err, ErrForeign), errors.Is(err, store.ErrLayout):
		f.pause = -1
	default:
		f.pause = min(max(2*f.pause, retryLeast), retryMost)
	}
	f.mu.Unlock()
	close(over)
	switch {
	case errors.Is(err, ErrClosed):
	case err != nil && first:
		f.tells(cannotBeUsed, err)
	case err == nil && message != "":
		f.tells(message, nil)
	}
}

func (f *File) attempt() (_ *Ledger, message string, err error) {
	if _, err := os.Stat(f.path); errors.Is(err, fs.ErrNotExist) {
		if f.options.After.commits > 0 {
			return nil, "", fmt.Errorf("%w: %s was deleted or moved away while it was in use; put it back, or restart Caddy to begin with an empty one", errGone, f.path)
		}
		message = NewFileMade
		if err := Make(f.path, f.now(), f.options.Disk); err != nil {
			return nil, "", err
		}
	}
	ledger, err := Open(f.path, f.options, f.stop)
	return ledger, message, err
}

// Close closes the file, once an attempt to open it is over.
func (f *File) Close() error {
	f.mu.Lock()
	if !f.closed {
		f.closed = true
		close(f.stop)
	}
	opening := f.opening
	f.mu.Unlock()
	if opening != nil {
		<-opening
	}
	f.mu.Lock()
	ledger := f.ledger
	f.ledger, f.err = nil, ErrClosed
	f.mu.Unlock()
	if ledger == nil {
		return nil
	}
	return ledger.Close()
}

// Status answers store.Store's Status.
func (f *File) Status(context.Context) store.Status {
	f.mu.Lock()
	failed := f.err != nil
	f.mu.Unlock()
	if failed {
		f.begin() // a file that is free again should not wait for a request
	}
	f.mu.Lock()
	ledger, opening, err, tried := f.ledger, f.opening != nil, f.err, f.tried
	f.mu.Unlock()
	var st store.Status
	switch {
	case ledger != nil:
		st = ledger.Status()
	case err != nil:
		st = store.Status{Now: f.now(), Entries: -1, LastError: err.Error(), LastErrorAt: tried}
	case opening:
		st = store.Status{Now: f.now(), Entries: -1, LastError: "file is being read", LastErrorAt: f.now()}
	default:
		st = store.Status{Up: true, Now: f.now()} // not made yet
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
