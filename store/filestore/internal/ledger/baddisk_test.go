// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"syscall"
)

// badDisk is a disk that does what a test tells it.
type badDisk struct {
	mu    sync.Mutex
	fault func(path, what string) error // nil: the disk is well
	reads atomic.Int64
	syncs atomic.Int64
}

func (b *badDisk) set(f func(path, what string) error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.fault = f
}

func (b *badDisk) ask(path, what string) error {
	b.mu.Lock()
	f := b.fault
	b.mu.Unlock()
	if f == nil {
		return nil
	}
	return f(path, what)
}

// hangOnce has the next sync hang until release is closed. It closes hanging when
// that sync has begun.
func (b *badDisk) hangOnce() (hanging, release chan struct{}) {
	var syncs atomic.Int64
	hanging, release = make(chan struct{}), make(chan struct{})
	b.set(func(_, what string) error {
		if what == "sync" && syncs.Add(1) == 1 {
			close(hanging)
			<-release
		}
		return nil
	})
	return hanging, release
}

func (b *badDisk) wrap(path string, d Disk) Disk { return &badFile{d, b, path} }

// errShort makes a write a short one.
var errShort = fmt.Errorf("half of it was written: %w", syscall.ENOSPC)

type badFile struct {
	Disk
	bad  *badDisk
	path string
}

func (f *badFile) ReadAt(p []byte, off int64) (int, error) {
	f.bad.reads.Add(1)
	if err := f.bad.ask(f.path, "read"); err != nil {
		return 0, err
	}
	return f.Disk.ReadAt(p, off)
}

func (f *badFile) WriteAt(p []byte, off int64) (int, error) {
	err := f.bad.ask(f.path, "write")
	if errors.Is(err, errShort) {
		n, _ := f.Disk.WriteAt(p[:len(p)/2], off)
		return n, err
	}
	if err != nil {
		return 0, err
	}
	return f.Disk.WriteAt(p, off)
}

func (f *badFile) Sync() error {
	f.bad.syncs.Add(1)
	if err := f.bad.ask(f.path, "sync"); err != nil {
		return err
	}
	return f.Disk.Sync()
}

func (f *badFile) Truncate(size int64) error {
	if err := f.bad.ask(f.path, "truncate"); err != nil {
		return err
	}
	return f.Disk.Truncate(size)
}
