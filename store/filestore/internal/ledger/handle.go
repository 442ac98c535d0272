// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"sync/atomic"

	"github.com/ncruces/go-sqlite3/vfs"
)

// check looks more than once before it calls a file too short: the file may be
// written to, or shortened, in between.
func (h *handle) check() error {
	for looks := 0; ; looks++ {
		extent := h.extent.Load()
		info, err := os.Stat(h.path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return fmt.Errorf("%w: %s was deleted or moved away while it was in use", errGone, h.path)
		case err != nil:
			return fmt.Errorf("%w: %w", errGone, err)
		case !os.SameFile(info, h.info):
			return fmt.Errorf("%w: %s was replaced by another file while it was in use", errGone, h.path)
		case info.Size() >= min(extent, h.extent.Load()):
			return nil
		case looks == 2:
			return fmt.Errorf("%w: %s has %d bytes, %d were written", ErrDamaged, h.path, info.Size(), extent)
		}
	}
}

// handle is one open file as SQLite sees it.
type handle struct {
	vfs.File // locks and the like
	volume   *volume
	inner    vfs.File
	disk     Disk
	path     string
	from     int64 // where the first byte of SQLite lies
	info     os.FileInfo
	extent   atomic.Int64 // what was written ends here
}

// Close implements vfs.File. The database itself stays open.
func (h *handle) Close() error {
	if strings.HasSuffix(h.path, walSuffix) {
		h.volume.mu.Lock()
		defer h.volume.mu.Unlock()
		if h.volume.wal == h {
			h.volume.wal = nil
		}
		return h.inner.Close()
	}
	return nil
}

// Unlock implements vfs.File. The lock is kept.
func (h *handle) Unlock(vfs.LockLevel) error { return nil }

// DeviceCharacteristics implements vfs.File.
func (h *handle) DeviceCharacteristics() vfs.DeviceCharacteristic {
	return h.inner.DeviceCharacteristics() &^ vfs.IOCAP_BATCH_ATOMIC
}

// ReadAt implements vfs.File.
func (h *handle) ReadAt(p []byte, off int64) (int, error) { return h.disk.ReadAt(p, off+h.from) }

// WriteAt implements vfs.File.
func (h *handle) WriteAt(p []byte, off int64) (int, error) {
	n, err := h.disk.WriteAt(p, off+h.from)
	if err == nil {
		if h.from == 0 {
			h.volume.log.Add(int64(n))
		}
		h.extent.Store(max(h.extent.Load(), off+h.from+int64(n)))
	}
	return n, err
}

// Truncate implements vfs.File.
func (h *handle) Truncate(size int64) error {
	h.extent.Store(min(h.extent.Load(), size+h.from))
	return h.disk.Truncate(size + h.from)
}

// Sync implements vfs.File.
func (h *handle) Sync(vfs.SyncFlag) error {
	if h.volume.draft {
		return nil
	}
	return h.disk.Sync()
}

// Size implements vfs.File.
func (h *handle) Size() (int64, error) {
	size, err := h.disk.Size()
	return max(0, size-h.from), err
}

// plainDisk is a file as it is.
type plainDisk struct{ vfs.File }

func (d plainDisk) Sync() error { return d.File.Sync(vfs.SYNC_NORMAL) }
