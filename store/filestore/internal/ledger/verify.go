// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"os"

	bolt "go.etcd.io/bbolt"
)

// The layout of a bbolt page: a header of 16 bytes (id:8 flags:2 count:2
// overflow:4) and an array of elements, with keys and values behind it. A branch
// element is pos:4 key size:4 page:8, a leaf element flags:4 pos:4 key size:4
// value size:4; pos counts from the element itself.
const (
	pageHeader  = 16
	pageElement = 16
	pageBranch  = 0x01
	pageLeaf    = 0x02

	maxDepth = 32
)

// verifier reads the pages of a file as they lie there, past the memory map.
// bbolt follows page numbers and offsets without a look; this looks first.
type verifier struct {
	file io.ReaderAt
	page int64  // bytes in a page
	end  uint64 // the first page number that was never used
	seen map[uint64]struct{}
}

// verify checks the form of every page that the transaction can reach.
func verify(tx *bolt.Tx, path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	page := int64(tx.DB().Info().PageSize)
	v := &verifier{file: file, page: page, end: uint64(tx.Size() / page), seen: map[uint64]struct{}{}}
	// The tree of bucket names comes first: the others are found through it.
	if err := v.walk(uint64(tx.Cursor().Bucket().Root()), nil, 0); err != nil {
		return err
	}
	return tx.ForEach(func(name []byte, b *bolt.Bucket) error {
		if b == nil {
			return fmt.Errorf("%w: %q is no bucket", ErrDamaged, name)
		}
		if b.Root() == 0 {
			return nil // so small that it lies in the tree of names
		}
		return v.walk(uint64(b.Root()), nil, 0)
	})
}

// walk checks a page and all below it. Keys on it are not less than low.
func (v *verifier) walk(id uint64, low []byte, depth int) error {
	bad := func(what string) error { return fmt.Errorf("%w: page %d %s", ErrDamaged, id, what) }
	if _, twice := v.seen[id]; twice || id < 2 || id >= v.end || depth > maxDepth {
		return bad("is out of place")
	}
	v.seen[id] = struct{}{}
	b := make([]byte, v.page)
	if _, err := v.file.ReadAt(b, int64(id)*v.page); err != nil {
		return err
	}
	flags, count := binary.NativeEndian.Uint16(b[8:]), int(binary.NativeEndian.Uint16(b[10:]))
	overflow := uint64(binary.NativeEndian.Uint32(b[12:]))
	if binary.NativeEndian.Uint64(b) != id || flags != pageBranch && flags != pageLeaf || overflow >= v.end-id {
		return bad("has a damaged head")
	}
	if overflow > 0 {
		b = make([]byte, int64(1+overflow)*v.page)
		if _, err := v.file.ReadAt(b, int64(id)*v.page); err != nil {
			return err
		}
	}
	if pageHeader+count*pageElement > len(b) || flags == pageBranch && count == 0 {
		return bad("has a damaged head")
	}
	for i := range count {
		at := pageHeader + i*pageElement
		e := b[at:]
		pos, size, rest := binary.NativeEndian.Uint32(e), binary.NativeEndian.Uint32(e[4:]), uint32(0)
		if flags == pageLeaf {
			pos, size, rest = binary.NativeEndian.Uint32(e[4:]), binary.NativeEndian.Uint32(e[8:]), binary.NativeEndian.Uint32(e[12:])
		}
		if uint64(at)+uint64(pos)+uint64(size)+uint64(rest) > uint64(len(b)) {
			return bad("has a damaged element")
		}
		key := e[pos : pos+size]
		if c := bytes.Compare(low, key); c > 0 || c == 0 && i > 0 {
			return bad("has keys out of order")
		}
		low = key
		if flags == pageBranch {
			if err := v.walk(binary.NativeEndian.Uint64(e[8:]), key, depth+1); err != nil {
				return err
			}
		}
	}
	return nil
}
