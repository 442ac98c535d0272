// SPDX-License-Identifier: Apache-2.0

package site

import (
	"io"
	"net/http"
)

// maxOverheard is the greatest body of the backend that is remembered. An answer with
// two tokens has a few KiB.
const maxOverheard = 64 << 10

// overheard hands the backend's answer to the client as it comes, and remembers it.
type overheard struct {
	http.ResponseWriter

	// holds: a refusal is kept back until [overheard.release], since the edge may have
	// a better answer. held: one is.
	holds, held bool

	status int         // 0 until there is one
	header http.Header // as it was sent
	body   []byte
	large  bool // the body is longer than maxOverheard
}

// WriteHeader implements [http.ResponseWriter].
func (o *overheard) WriteHeader(status int) {
	if status < http.StatusOK && status != http.StatusSwitchingProtocols || o.status != 0 {
		o.ResponseWriter.WriteHeader(status)
		return
	}
	o.status, o.header = status, o.Header().Clone()
	if o.held = o.holds && status >= 400 && status < 500; !o.held {
		o.ResponseWriter.WriteHeader(status)
	}
}

// Write implements [http.ResponseWriter].
func (o *overheard) Write(p []byte) (int, error) {
	if o.status == 0 {
		o.status, o.header = http.StatusOK, o.Header().Clone()
	}
	if o.large = o.large || len(o.body)+len(p) > maxOverheard; o.large {
		if err := o.release(); err != nil {
			return 0, err
		}
	} else {
		o.body = append(o.body, p...)
	}
	if o.held {
		return len(p), nil
	}
	return o.ResponseWriter.Write(p)
}

// ReadFrom implements [io.ReaderFrom]: without it a copy would go past Write.
func (o *overheard) ReadFrom(r io.Reader) (int64, error) {
	return io.Copy(struct{ io.Writer }{o}, r)
}

// FlushError is what [http.ResponseController.Flush] calls.
func (o *overheard) FlushError() error {
	if o.held {
		return nil
	}
	return http.NewResponseController(o.ResponseWriter).Flush()
}

// Unwrap is for [http.ResponseController].
func (o *overheard) Unwrap() http.ResponseWriter { return o.ResponseWriter }

// release sends what was held.
func (o *overheard) release() error {
	if !o.held {
		return nil
	}
	o.held = false
	o.ResponseWriter.WriteHeader(o.status)
	_, err := o.ResponseWriter.Write(o.body)
	return err
}

// recorder is a response that is sent to nobody.
type recorder struct {
	header http.Header
	status int
	body   []byte
}

// Header implements [http.ResponseWriter].
func (rec *recorder) Header() http.Header { return rec.header }

// WriteHeader implements [http.ResponseWriter].
func (rec *recorder) WriteHeader(status int) { rec.status = status }

// Write implements [http.ResponseWriter].
func (rec *recorder) Write(p []byte) (int, error) {
	rec.body = append(rec.body, p...)
	return len(p), nil
}
