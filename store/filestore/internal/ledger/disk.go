// SPDX-License-Identifier: Apache-2.0

package ledger

import "io"

// Disk is one open file as the store uses it. Options.Disk may put another Disk in
// between, as tests of a failing disk do.
type Disk interface {
	io.ReaderAt
	io.WriterAt
	Truncate(size int64) error
	Sync() error
	Size() (int64, error)
}
