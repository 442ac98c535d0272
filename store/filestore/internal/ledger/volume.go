// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/ncruces/go-sqlite3/vfs"
)

const walSuffix = "-wal"

// volumes numbers the volumes, whose names SQLite knows them by.
var volumes atomic.Int64

// volume is the file system that one database sees. It shifts the database
// behind the header, keeps the lock on the file from the first opening to the
// end, whatever SQLite does in between, and knows what should lie on the disk.
type volume struct {
	name  string
	path  string
	wrap  func(path string, d Disk) Disk
	cache int  // in KiB, 0 for the default
	draft bool // the file is being made: one sync at the end is enough
	os    vfs.VFSFilename

	mu   sync.Mutex
	main *handle // stays open, and locked
	wal  *handle // nil while there is none

	mark atomic.Uint64 // commits known to be durable
	log  atomic.Int64  // bytes written to the write-ahead log since it was moved

	// opened is main for whoever may not wait for mu, which is held while the disk
	// opens a file.
	opened atomic.Pointer[handle]
}

func newVolume(path string, wrap func(string, Disk) Disk) *volume {
	v := &volume{
		name: "token-ledger-" + strconv.FormatInt(volumes.Add(1), 10),
		path: path, wrap: wrap, os: vfs.Find("os").(vfs.VFSFilename),
	}
	vfs.Register(v.name, v)
	return v
}

// close lets go of the file and its lock. SQLite must have nothing open. A log that
// holds nothing, as after a file was only read, is removed.
func (v *volume) close() error {
	vfs.Unregister(v.name)
	log := v.path + walSuffix
	info, err := os.Stat(log)
	if v.check() == nil && err == nil && info.Size() == 0 {
		err = os.Remove(log)
	} else {
		err = nil
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, h := range []*handle{v.wal, v.main} {
		if h != nil {
			err = errors.Join(err, h.inner.Close())
		}
	}
	v.main, v.wal = nil, nil
	return err
}

// Open implements vfs.VFS. SQLite calls OpenFilename instead.
func (v *volume) Open(string, vfs.OpenFlag) (vfs.File, vfs.OpenFlag, error) {
	return nil, 0, errors.ErrUnsupported
}

// OpenFilename implements vfs.VFSFilename.
func (v *volume) OpenFilename(name *vfs.Filename, flags vfs.OpenFlag) (vfs.File, vfs.OpenFlag, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if flags&vfs.OPEN_MAIN_DB != 0 && v.main != nil {
		return v.main, flags, nil
	}
	inner, flags, err := v.os.OpenFilename(name, flags)
	if err != nil || flags&(vfs.OPEN_MAIN_DB|vfs.OPEN_WAL) == 0 {
		return inner, flags, err // the journal of a file that is being made
	}
	h, err := v.newHandle(inner, name.String())
	if err != nil {
		return nil, flags, errors.Join(err, inner.Close())
	}
	if flags&vfs.OPEN_MAIN_DB != 0 {
		h.from = headerSize
		v.main = h
		v.opened.Store(h)
		return h, flags, nil
	}
	if v.wal != nil {
		_ = v.wal.inner.Close() // of a connection that could not be closed
	}
	v.wal = h
	return h, flags, os.Chmod(h.path, 0o600) // it was made with what the umask leaves
}

// size returns how long the database is on the disk, without its log.
func (v *volume) size() int64 {
	if h := v.opened.Load(); h != nil {
		return h.extent.Load()
	}
	return 0
}

func (v *volume) newHandle(inner vfs.File, path string) (*handle, error) {
	h := &handle{File: inner, volume: v, inner: inner, path: path}
	h.disk = plainDisk{inner}
	if v.wrap != nil {
		h.disk = v.wrap(path, h.disk)
	}
	file, ok := inner.(interface{ Stat() (os.FileInfo, error) })
	if !ok {
		return nil, errors.ErrUnsupported
	}
	var err error
	if h.info, err = file.Stat(); err != nil {
		return nil, err
	}
	h.extent.Store(h.info.Size())
	return h, nil
}

// Delete implements vfs.VFS. Other processes cannot be using what is deleted,
// since the lock is ours.
func (v *volume) Delete(name string, syncDir bool) error { return v.os.Delete(name, syncDir) }

// Access implements vfs.VFS.
func (v *volume) Access(name string, flags vfs.AccessFlag) (bool, error) {
	return v.os.Access(name, flags)
}

// FullPathname implements vfs.VFS. Links were followed before.
func (v *volume) FullPathname(name string) (string, error) { return name, nil }

// check returns an error unless the names still lead to the open files, and these are
// at least as long as they were written.
func (v *volume) check() error {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, h := range []*handle{v.main, v.wal} {
		if h == nil {
			continue
		}
		if err := h.check(); err != nil {
			return err
		}
	}
	return nil
}

// checkMark returns an error if the header is older than the last one written, or
// another file's: a copy written over the file brings its own header.
func (v *volume) checkMark(id fileID) error {
	want := v.mark.Load()
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.main == nil {
		return nil
	}
	switch got, mark, err := readHeader(v.main.disk); {
	case err != nil:
		return err
	case got != id || mark < want:
		return fmt.Errorf("%w: another copy was written over it while it was in use", ErrDamaged)
	}
	return nil
}

// setMark notes that so many commits are durable.
func (v *volume) setMark(commits uint64) error {
	var b [markSize]byte
	putMark(&b, commits)
	if _, err := v.main.disk.WriteAt(b[:], markPlaces[commits%2]); err != nil {
		return err
	}
	v.mark.Store(commits)
	return nil
}

// written is how many bytes went to the write-ahead log since it was moved.
func (v *volume) written() int64 { return v.log.Load() }
