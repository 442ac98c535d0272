// SPDX-License-Identifier: Apache-2.0

// Package ledger keeps spent and revoked tokens in one bbolt file. It knows
// nothing of Caddy.
//
// The bucket tokens holds one record a token in the order in which they came, so
// that a commit writes a few pages at the end of the tree however large it is.
// An index in memory finds them by jti; it is built when the file is opened. The
// bucket users holds the cut-offs. Dead records are found by sweeping.
package ledger

import (
	"errors"
	"fmt"
	"hash/maphash"
	"io/fs"
	"os"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	bolt "go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"
)

// What can be wrong with a file. ErrLocked passes by itself; the others do not.
var (
	ErrLocked  = errors.New("file is locked by another process")
	ErrDamaged = errors.New("file is damaged")
	ErrForeign = errors.New("file is not a token store of this version")
	ErrClosed  = errors.New("file is closed")
)

var (
	bucketTokens = []byte("tokens")
	bucketUsers  = []byte("users")
	bucketMeta   = []byte("meta")
	keyFormat    = []byte("format")
	formatOne    = []byte("caddyrefresh token ledger 1")
)

// Options are what tests and tools change.
type Options struct {
	// Now is the clock. Default: time.Now.
	Now func() time.Time

	// Company is how long a commit waits for more to join it, where the last
	// one was larger. Default: 1 ms.
	Company time.Duration

	// Sweep is the longest pause between two steps of the sweep. Default: 1 min.
	Sweep time.Duration

	// MaxSize is the size in bytes that the file may not pass, as a full disk
	// would have it. Default: none.
	MaxSize int
}

// Ledger is an open file.
type Ledger struct {
	db    *bolt.DB
	now   func() time.Time
	sweep time.Duration
	seed  maphash.Seed

	index  index
	tokens atomic.Int64  // records in the bucket tokens
	users  atomic.Int64  // records in the bucket users
	last   atomic.Uint64 // the sequence number given out last

	group *group
	ops   sync.Pool

	purge struct {
		stop chan struct{}
		done chan struct{}
	}
	state struct {
		sync.Mutex
		purged    int64
		lastPurge time.Time
		lastErr   string
		lastErrAt time.Time
	}
}

// Open opens the file, creates it where it is missing, reads all of it and
// begins to sweep it. It does not wait for a lock that another process holds.
func Open(path string, o Options) (*Ledger, error) {
	l := &Ledger{now: o.Now, sweep: o.Sweep, seed: maphash.MakeSeed()}
	if l.now == nil {
		l.now = time.Now
	}
	if l.sweep == 0 {
		l.sweep = time.Minute
	}
	l.ops.New = func() any { return newOperation(l) }
	seen, err := l.inspect(path)
	if err != nil {
		return nil, err
	}
	if l.db, err = openFile(path, boltOptions(o)); err != nil {
		return nil, err
	}
	if err := guard(func() error { return l.adopt(seen) }); err != nil {
		return nil, errors.Join(err, l.db.Close())
	}
	company := o.Company
	if company == 0 {
		company = time.Millisecond
	}
	l.group = startGroup(l.db, company)
	l.purge.stop, l.purge.done = make(chan struct{}), make(chan struct{})
	go l.sweepForever()
	return l, nil
}

// Close waits for what is under way and closes the file.
func (l *Ledger) Close() error {
	close(l.purge.stop)
	<-l.purge.done
	l.group.close()
	return l.db.Close()
}

// boltOptions are the options of the database. The list of free pages is not
// written with every commit, since it is long after a mass expiry; it is found
// anew when the file is opened. A timeout this short means one attempt.
func boltOptions(o Options) *bolt.Options {
	return &bolt.Options{
		Timeout:        time.Nanosecond,
		FreelistType:   bolt.FreelistMapType,
		NoFreelistSync: true,
		NoStatistics:   true,
		MaxSize:        o.MaxSize,
	}
}

func openFile(path string, options *bolt.Options) (*bolt.DB, error) {
	var (
		db   *bolt.DB
		file *os.File
		perr *os.PathError
	)
	options.OpenFile = func(name string, flag int, mode os.FileMode) (f *os.File, err error) {
		file, err = os.OpenFile(name, flag, mode)
		return file, err
	}
	err := guard(func() (err error) {
		db, err = bolt.Open(path, 0o600, options)
		return err
	})
	if err != nil && file != nil {
		_ = file.Close() // a panic left it open, and locked
	}
	switch {
	case err == nil:
		return db, nil
	case errors.Is(err, berrors.ErrTimeout):
		return nil, ErrLocked
	case errors.As(err, &perr), errors.Is(err, ErrDamaged):
		return nil, err
	default:
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
}

// inspect reads a file that is there and not empty, without writing to it, and
// returns the number of its last transaction. It comes before the file is opened
// to be written, when bbolt walks through all pages in a goroutine of its own,
// whose panic nobody could catch.
func (l *Ledger) inspect(path string) (seen int, err error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) || err == nil && info.Size() == 0 {
		return 0, nil
	}
	options := boltOptions(Options{})
	options.ReadOnly = true
	db, err := openFile(path, options)
	if err != nil {
		return 0, err
	}
	err = guard(func() error {
		return db.View(func(tx *bolt.Tx) error {
			seen = tx.ID()
			// Pages that the file ends before would be a fault of the memory map.
			if info, err := os.Stat(path); err != nil || info.Size() < tx.Size() {
				return fmt.Errorf("%w: it ends too early", ErrDamaged)
			}
			if err := verify(tx, path); err != nil {
				return err
			}
			return l.load(tx)
		})
	})
	return seen, errors.Join(err, db.Close())
}

// adopt makes the buckets of a new file, and reads an old one again where
// another process wrote to it after inspect.
func (l *Ledger) adopt(seen int) error {
	var fresh, changed bool
	err := l.db.View(func(tx *bolt.Tx) error {
		first, _ := tx.Cursor().First()
		fresh, changed = first == nil, tx.ID() != seen
		return nil
	})
	switch {
	case err != nil:
		return err
	case fresh:
		return l.db.Update(create)
	case !changed:
		return nil
	}
	l.index = index{}
	l.tokens.Store(0)
	l.users.Store(0)
	return l.db.View(l.load)
}

func create(tx *bolt.Tx) error {
	for _, name := range [][]byte{bucketTokens, bucketUsers} {
		if _, err := tx.CreateBucket(name); err != nil {
			return err
		}
	}
	meta, err := tx.CreateBucket(bucketMeta)
	if err != nil {
		return err
	}
	return meta.Put(keyFormat, formatOne)
}

// load reads all that a file holds into the index. A file without any bucket is
// as good as new.
func (l *Ledger) load(tx *bolt.Tx) error {
	buckets := 0
	if err := tx.ForEach(func([]byte, *bolt.Bucket) error { buckets++; return nil }); err != nil || buckets == 0 {
		return err
	}
	tokens, users, meta := tx.Bucket(bucketTokens), tx.Bucket(bucketUsers), tx.Bucket(bucketMeta)
	if buckets != 3 || tokens == nil || users == nil || meta == nil || string(meta.Get(keyFormat)) != string(formatOne) {
		return ErrForeign
	}
	var rec record
	if err := tokens.ForEach(func(key, value []byte) error {
		identity, err := identityOf(value)
		if err == nil && len(key) == sequenceSize {
			_, err = rec.decode(value, identity)
		}
		if err != nil || len(key) != sequenceSize || readSequence(key) > maxSequence {
			return fmt.Errorf("%w: record %x", ErrDamaged, key)
		}
		sequence := readSequence(key)
		l.index.add(maphash.Bytes(l.seed, identity), sequence)
		l.tokens.Add(1)
		l.last.Store(sequence)
		return nil
	}); err != nil {
		return err
	}
	return users.ForEach(func(key, value []byte) error {
		if _, _, err := decodeCutOff(value); err != nil {
			return fmt.Errorf("%w: cut-off %x", ErrDamaged, key)
		}
		l.users.Add(1)
		return nil
	})
}

// guard turns a panic of the database, or a fault in its memory map, into
// ErrDamaged: bbolt trusts the pages that it reads.
func guard(f func() error) (err error) {
	old := debug.SetPanicOnFault(true)
	defer func() {
		debug.SetPanicOnFault(old)
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: %v", ErrDamaged, p)
		}
	}()
	return f()
}
