// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"errors"
	"fmt"
	"net/url"

	"github.com/ncruces/go-sqlite3"
)

// What can be wrong with a file. ErrLocked and a failing disk pass by
// themselves. ErrDamaged and ErrForeign do not.
var (
	ErrLocked  = errors.New("file is locked by another process")
	ErrDamaged = errors.New("file is damaged")
	ErrForeign = errors.New("file is not a token store")
	ErrClosed  = errors.New("file is closed")

	errGone = errors.New("file is not the one that was opened")
	errBusy = errors.New("too many requests wait for the file")
)

// diagnose says what an error of the database means. An error of reading or writing
// that is none of these may be temporary.
func diagnose(err error) error {
	switch {
	case err == nil, errors.Is(err, ErrDamaged):
		return err
	case errors.Is(err, sqlite3.BUSY):
		return fmt.Errorf("%w: %w", ErrLocked, err)
	case errors.Is(err, sqlite3.CORRUPT), errors.Is(err, sqlite3.NOTADB), errors.Is(err, sqlite3.FORMAT),
		errors.Is(err, sqlite3.IOERR_DATA), errors.Is(err, sqlite3.IOERR_SHORT_READ), errors.Is(err, sqlite3.IOERR_CORRUPTFS),
		errors.Is(err, sqlite3.SCHEMA), errors.Is(err, sqlite3.CONSTRAINT), errors.Is(err, sqlite3.ERROR),
		errors.Is(err, sqlite3.INTERNAL), errors.Is(err, sqlite3.MISMATCH), errors.Is(err, sqlite3.RANGE):
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	default:
		return err
	}
}

// uriPath is a path as it stands in an SQLite URI.
func uriPath(path string) string { return (&url.URL{Path: path}).EscapedPath() }
