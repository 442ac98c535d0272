// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"

	"github.com/caddyrefresh/caddyrefresh/store"
)

// The file begins with a header of our own, and the SQLite database lies behind
// it. The header holds
//
//	0     magic, 32 bytes
//	32    layout version:4  file id:16  CRC:4
//	512   mark: commits:8 CRC:4
//	1024  mark, the other one
//
// A mark is the number of commits that are known to be durable. It is written
// after each commit, in turn to one place and the other, and goes to the disk
// with the next sync. A database that holds fewer commits than the mark says has
// lost some: SQLite itself takes a damaged write-ahead log for one that ends
// where the damage begins.
const (
	headerSize = 4096
	headerUsed = 56
	markSize   = 12

	layoutVersion = 2 // 1 was the layout on bbolt
)

var (
	magic      = []byte("caddyrefresh token store\x00\x00\x00\x00\x00\x00\r\n")
	markPlaces = [2]int64{512, 1024}
	castagnoli = crc32.MakeTable(crc32.Castagnoli)
)

// fileID tells apart the files that were made at one path.
type fileID [16]byte

func newHeader() []byte {
	b := make([]byte, headerSize)
	copy(b, magic)
	binary.BigEndian.PutUint32(b[32:], layoutVersion)
	_, _ = rand.Read(b[36:52])
	binary.BigEndian.PutUint32(b[52:], crc32.Checksum(b[:52], castagnoli))
	for _, at := range markPlaces {
		putMark((*[markSize]byte)(b[at:]), 0)
	}
	return b
}

func putMark(b *[markSize]byte, commits uint64) {
	binary.BigEndian.PutUint64(b[:], commits)
	binary.BigEndian.PutUint32(b[8:], crc32.Checksum(b[:8], castagnoli))
}

// readHeader returns the id of a file and its mark, or why the file is not a token
// store.
func readHeader(r io.ReaderAt) (id fileID, mark uint64, err error) {
	b := make([]byte, headerSize)
	n, err := r.ReadAt(b, 0)
	switch {
	case err != nil && !errors.Is(err, io.EOF):
		return id, 0, err
	case n == 0:
		return id, 0, fmt.Errorf("%w: it is empty; put a copy back, or remove it to begin with an empty store, which forgets all spent tokens", ErrDamaged)
	case !bytes.Equal(b[:min(n, len(magic))], magic[:min(n, len(magic))]):
		return id, 0, ErrForeign
	case n < headerSize:
		return id, 0, fmt.Errorf("%w: it ends after %d bytes", ErrDamaged, n)
	case crc32.Checksum(b[:52], castagnoli) != binary.BigEndian.Uint32(b[52:]):
		return id, 0, fmt.Errorf("%w: its header does not fit its checksum", ErrDamaged)
	}
	if v := binary.BigEndian.Uint32(b[32:]); v != layoutVersion {
		return id, 0, fmt.Errorf("%w: its layout has version %d and this release reads %d; name another path", store.ErrLayout, v, layoutVersion)
	}
	whole := false
	for _, at := range markPlaces {
		m := b[at : at+markSize]
		if crc32.Checksum(m[:8], castagnoli) == binary.BigEndian.Uint32(m[8:]) {
			mark, whole = max(mark, binary.BigEndian.Uint64(m)), true
		}
	}
	if !whole {
		return id, 0, fmt.Errorf("%w: its marks do not fit their checksums", ErrDamaged)
	}
	return fileID(b[36:52]), mark, nil
}
