// SPDX-License-Identifier: Apache-2.0

package site

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/caddyrefresh/caddyrefresh/internal/compare"
)

// sighting is what is remembered of a request that the backend may answer. It
// outlives the request.
type sighting struct {
	came    time.Time    // by the site's clock
	began   time.Time    // by this machine's clock, to measure how long the answer took
	request http.Request // without its body and its context
	base    http.Header  // of the answer, before anybody wrote one
	early   bool
	body    []byte
	skip    string // why the answers are not compared, or ""
	token   string // the one presented, or ""
}

// look reads the body of r up to the edge's limit, and gives r a body that reads the
// same: what look has read, and then the rest or the error.
func (s *Site) look(w http.ResponseWriter, r *http.Request) *sighting {
	u := url.URL{Path: r.URL.Path, RawQuery: r.URL.RawQuery}
	seen := &sighting{
		came: s.Now(), began: time.Now(), base: w.Header().Clone(), early: inEarlyData(r),
		request: http.Request{Method: r.Method, URL: &u, Header: r.Header.Clone(), ContentLength: r.ContentLength, ProtoMajor: r.ProtoMajor},
	}
	switch {
	case r.Body == nil || r.ContentLength == 0:
		return seen
	case r.ContentLength > s.MaxBody:
		seen.skip = "max_body"
		return seen
	}
	var err error
	seen.body, err = io.ReadAll(io.LimitReader(r.Body, s.MaxBody+1))
	var rest io.Reader = r.Body
	switch {
	case err != nil:
		seen.skip, rest = "body", failing{err}
	case int64(len(seen.body)) > s.MaxBody:
		seen.skip = "max_body"
	}
	r.Body = again{io.MultiReader(bytes.NewReader(seen.body), rest), r.Body}
	return seen
}

// replay gives r its body once more, so that the edge can answer it after all.
func (seen *sighting) replay(r *http.Request) {
	if len(seen.body) > 0 {
		r.Body = again{bytes.NewReader(seen.body), r.Body}
	}
}

// again is a body that was read before.
type again struct {
	io.Reader
	io.Closer
}

// failing is the end of a body that broke off.
type failing struct{ err error }

// Read implements [io.Reader].
func (f failing) Read([]byte) (int, error) { return 0, f.err }

// copied returns the request with its body, as the edge reads it, and with ctx.
func (seen *sighting) copied(ctx context.Context) *http.Request {
	r := seen.request.WithContext(ctx)
	if len(seen.body) > 0 {
		r.Body = io.NopCloser(bytes.NewReader(seen.body))
	}
	if seen.early {
		r.Header.Set("Early-Data", "1")
	}
	return r
}

// findToken notes and returns the token that the request presents. It returns nil if
// there is none; such a request is compared too.
func (seen *sighting) findToken(ctx context.Context, e *endpoint, m *memory) []byte {
	token, err := e.wire.take(m, seen.copied(ctx))
	if err != nil {
		return nil
	}
	seen.token = string(token)
	return token
}

// asCompared returns what may explain a difference between the answers.
func (seen *sighting) asCompared(e *endpoint) compare.Request {
	return compare.Request{
		Endpoint: e.name, Path: seen.request.URL.Path, Query: seen.request.URL.RawQuery,
		Accept: strings.Join(seen.request.Header.Values("Accept"), ", "), ContentType: seen.request.Header.Get("Content-Type"),
		Chunked: seen.request.ContentLength < 0, EarlyData: e.singleUse && seen.early, Token: seen.token,
	}
}
