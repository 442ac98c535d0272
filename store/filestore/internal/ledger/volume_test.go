// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"os"
	"path/filepath"
	"sync"
	"testing"
)

// plainFile is a Disk without SQLite's file layer.
type plainFile struct{ *os.File }

func (f plainFile) Size() (int64, error) {
	info, err := f.Stat()
	return info.Size(), err
}

// TestCheckWhileWritten guards that a file which is written to, and shortened, just
// while its length is looked at is not called damaged: that would be 503 for good.
func TestCheckWhileWritten(t *testing.T) {
	file, err := os.Create(filepath.Join(t.TempDir(), "file"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	info, err := file.Stat()
	if err != nil {
		t.Fatal(err)
	}
	h := &handle{disk: plainFile{file}, path: file.Name(), info: info, volume: &volume{}}
	var writer sync.WaitGroup
	stop := make(chan struct{})
	writer.Go(func() {
		page := make([]byte, 512)
		for at := int64(0); ; at += int64(len(page)) {
			select {
			case <-stop:
				return
			default:
			}
			if at == 1<<20 {
				at = 0
				if err := h.Truncate(0); err != nil {
					t.Error(err)
				}
			}
			if _, err := h.WriteAt(page, at); err != nil {
				t.Error(err)
			}
		}
	})
	for range 50_000 {
		if err := h.check(); err != nil {
			t.Error(err)
			break
		}
	}
	close(stop)
	writer.Wait()
}
