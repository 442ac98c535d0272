// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"time"
)

// Make makes a new file at path, and its directory if that is missing. The file is
// complete when it is renamed to path, so an empty or truncated file was complete
// once.
func Make(path string, now time.Time, wrap func(string, Disk) Disk) error {
	dir := filepath.Dir(path)
	old, err := nearest(dir)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	draft := path + ".new"
	if err := errors.Join(discard(draft), discard(draft+walSuffix)); err != nil {
		return err
	}
	if err := os.WriteFile(draft, newHeader(), 0o600); err != nil {
		return errors.Join(err, discard(draft))
	}
	if err := fill(draft, now, wrap); err != nil {
		return errors.Join(err, discard(draft), discard(draft+walSuffix))
	}
	// SQLite would take the log of a file that is gone for that of the new one.
	if err := errors.Join(discard(path+walSuffix), os.Rename(draft, path)); err != nil {
		return errors.Join(err, discard(draft))
	}
	// The names of what was made must be as durable as what is written next.
	for ; ; dir = filepath.Dir(dir) {
		if err := syncDir(dir); err != nil || dir == old {
			return err
		}
	}
}

// fill makes the database in a file that has a header.
func fill(path string, now time.Time, wrap func(string, Disk) Disk) error {
	v := newVolume(path, wrap)
	v.draft = true
	e, err := connect(v)
	if err == nil {
		if err = e.create(state{clock: now.Unix()}); err == nil {
			err = e.close()
		} else {
			err = errors.Join(err, e.abandon())
		}
	}
	if err == nil {
		err = v.main.disk.Sync()
	}
	return errors.Join(diagnose(err), v.close())
}

// discard removes a file that may be there.
func discard(path string) error {
	if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
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

// nearest returns dir, or the nearest directory above it that exists.
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

func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil // Windows cannot sync a directory
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
