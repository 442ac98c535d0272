// SPDX-License-Identifier: Apache-2.0

package drf

import (
	"io"
	"net/http"
)

// firstRead is the size of the buffer that the first bytes of a body get, enough
// for a token with a dozen claims. It grows as bytes arrive, whatever length was
// announced.
const firstRead = 2 << 10

// maxEmptyReads is how often in a row a body may return neither data nor an error.
const maxEmptyReads = 100

// readBody reads the body into s.body, at most limit bytes and one more, which shows
// that the body is too long.
func (s *Scratch) readBody(r *http.Request, limit int64) (*Refusal, error) {
	b := s.body[:0]
	defer func() { s.body = b }()
	if cap(b) == 0 {
		b = make([]byte, 0, firstRead)
	}
	for empty := 0; empty < maxEmptyReads; {
		if len(b) == cap(b) {
			b = append(b, 0)[:len(b)]
		}
		room := b[len(b):cap(b)]
		if most := limit + 1 - int64(len(b)); int64(len(room)) > most {
			room = room[:most]
		}
		n, err := r.Body.Read(room)
		b = b[:len(b)+n]
		if int64(len(b)) > limit {
			return tooLarge(limit), nil
		}
		switch {
		case err == io.EOF:
			return nil, nil
		case err != nil:
			return nil, err
		case n == 0:
			empty++
		default:
			empty = 0
		}
	}
	return nil, io.ErrNoProgress
}
