// SPDX-License-Identifier: Apache-2.0

package drf

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/caddyrefresh/caddyrefresh/internal/release"
)

// FuzzRead looks for a request that makes Read panic, return a value that DRF
// would not have validated, or answer with something that is no JSON.
func FuzzRead(f *testing.F) {
	for _, e := range exchanges(f) {
		r := e.request()
		f.Add(strings.Join(r.Header["Accept"], ","), r.Header.Get("Content-Type"), r.URL.RawQuery, []byte(bytesOf(string(e.Body))))
	}
	newest := release.Newest()
	f.Fuzz(func(t *testing.T, accept, contentType, query string, body []byte) {
		rel := inTime
		if len(body)%2 == 1 { // by length, since one more argument would change the corpus
			rel = newest
		}
		r := request(bytes.NewReader(body), int64(len(body)))
		r.URL = &url.URL{RawQuery: query}
		if accept != "" {
			r.Header["Accept"] = strings.Split(accept, "\n")
		}
		if contentType != "" {
			r.Header["Content-Type"] = []string{contentType}
		}
		var s Scratch
		const limit = 1 << 20
		value, format, err := s.ReadAs(r, rel, "refresh", limit)
		if format.Indent < 0 || format.Indent > 8 {
			t.Fatalf("indent %d", format.Indent)
		}
		if err == nil {
			if len(value) == 0 || !utf8.Valid(value) || bytes.IndexByte(value, 0) >= 0 ||
				!bytes.Equal(value, strip(value)) {
				t.Fatalf("validated %q", value)
			}
			return
		}
		var refusal *Refusal
		if !errors.As(err, &refusal) || value != nil {
			t.Fatalf("value %q, error %v", value, err)
		}
		switch refusal.Status {
		case http.StatusBadRequest, http.StatusNotFound, http.StatusNotAcceptable, http.StatusUnsupportedMediaType:
		default:
			t.Fatalf("status %d", refusal.Status)
		}
		if !json.Valid(refusal.Body) || !utf8.Valid(refusal.Body) {
			t.Fatalf("answer %q", refusal.Body)
		}
		w := httptest.NewRecorder()
		refusal.Write(w, format, nil)
		if !json.Valid(w.Body.Bytes()) || w.Code != refusal.Status {
			t.Fatalf("written %d %q", w.Code, w.Body)
		}
	})
}
