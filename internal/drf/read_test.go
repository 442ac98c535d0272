// SPDX-License-Identifier: Apache-2.0

package drf

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/caddyrefresh/caddyrefresh/internal/release"
)

// inTime is the newest release that testdata/django.json was recorded from.
var inTime = release.MustFind(release.Versions{DRF: "3.16.1", Django: "5.2.0"})

// Read does what a view does with a request: it negotiates, then reads the body.
func (s *Scratch) Read(r *http.Request, field string, maxBody int64) ([]byte, Format, error) {
	return s.ReadAs(r, inTime, field, maxBody)
}

// ReadAs is [Scratch.Read] for another release.
func (s *Scratch) ReadAs(r *http.Request, rel *release.Release, field string, maxBody int64) ([]byte, Format, error) {
	f, err := s.Negotiate(r, rel, false)
	if err != nil {
		return nil, f, err
	}
	value, err := s.BodyField(r, rel, field, maxBody)
	return value, f, err
}

var tokenBody = `{"refresh":"` + strings.Repeat("eyJhbGciOiJIUzI1NiJ9", 15) + `"}`

// request builds a request with a body of unknown length if length is negative.
func request(body io.Reader, length int64, headers ...string) *http.Request {
	r := &http.Request{Method: "POST", Header: http.Header{}, Body: io.NopCloser(body), ContentLength: length}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	return r
}

func answerOf(t *testing.T, err error) string {
	t.Helper()
	var refusal *Refusal
	if !errors.As(err, &refusal) {
		t.Fatalf("not refused: %v", err)
	}
	return refusal.Error()
}

// The usual requests are read without any allocation, since garbage collection is the
// greatest cost of a busy edge.
func TestReadDoesNotAllocate(t *testing.T) {
	for _, tt := range []struct {
		name, body string
		headers    []string
	}{
		{"curl", tokenBody, []string{"Accept", "*/*", "Content-Type", "application/json"}},
		{"no accept", tokenBody, []string{"Content-Type", "application/json"}},
		{"json", tokenBody, []string{"Accept", "application/json", "Content-Type", "application/json"}},
		{"axios", tokenBody, []string{"Accept", "application/json, text/plain, */*", "Content-Type", "application/json"}},
		{"charset", tokenBody, []string{"Accept", "application/json;indent=2", "Content-Type", "application/json; charset=UTF-8"}},
		{"escapes", ` { "x":[{}], "refresh" : "\u0061\n" } `, []string{"Content-Type", "application/json"}},
		{"form", "a=b&refresh=%20abc+", []string{"Content-Type", "application/x-www-form-urlencoded"}},
	} {
		var s Scratch
		body := strings.NewReader(tt.body)
		r := request(body, int64(len(tt.body)), tt.headers...)
		n := 0
		allocs := testing.AllocsPerRun(50, func() {
			body.Reset(tt.body)
			value, _, err := s.Read(r, "refresh", 64<<10)
			if err != nil {
				t.Fatal(err)
			}
			n += len(value)
			s.Reset()
		})
		if allocs != 0 || n == 0 {
			t.Errorf("%s: %v allocations, %d bytes", tt.name, allocs, n)
		}
	}
}

func BenchmarkRead(b *testing.B) {
	var s Scratch
	body := strings.NewReader(tokenBody)
	r := request(body, int64(len(tokenBody)), "Accept", "application/json, text/plain, */*", "Content-Type", "application/json")
	b.ReportAllocs()
	for b.Loop() {
		body.Reset(tokenBody)
		if _, _, err := s.Read(r, "refresh", 64<<10); err != nil {
			b.Fatal(err)
		}
	}
}

// A body whose announced length is too long is refused before a byte is read or a buffer
// is made for it.
func TestAnnouncedLength(t *testing.T) {
	read := false
	body := readerFunc(func([]byte) (int, error) { read = true; return 0, io.EOF })
	var s Scratch
	_, _, err := s.Read(request(body, 1<<40, "Content-Type", "application/json"), "refresh", 100)
	if got := answerOf(t, err); got != `413 {"detail":"Request body exceeds the limit of 100 bytes."}` {
		t.Errorf("got %s", got)
	}
	if read || s.body != nil {
		t.Error("the body was read or a buffer made")
	}
	_, _, err = s.Read(request(body, 1<<40, "Content-Type", "text/plain"), "refresh", 100)
	if got := answerOf(t, err); !strings.HasPrefix(got, "415 ") || read {
		t.Errorf("got %s", got)
	}
}

// Memory follows the bytes that arrived, not the length that was announced.
func TestBufferFollowsData(t *testing.T) {
	var s Scratch
	broken := errors.New("connection reset")
	body := io.MultiReader(strings.NewReader(`{"refresh":`), iotest.ErrReader(broken))
	if _, _, err := s.Read(request(body, 1<<30, "Content-Type", "application/json"), "refresh", 1<<30); err != broken {
		t.Errorf("the error of the body became %v", err)
	}
	if cap(s.body) > firstRead {
		t.Errorf("a buffer of %d bytes for 11", cap(s.body))
	}
}

// A body without a length is read up to the limit and one byte.
func TestEndlessBody(t *testing.T) {
	const limit = 50000
	total := 0
	body := readerFunc(func(p []byte) (int, error) {
		n := min(len(p), 1000)
		total += n
		return copy(p, bytes.Repeat([]byte{' '}, n)), nil
	})
	var s Scratch
	_, _, err := s.Read(request(body, -1, "Content-Type", "application/json"), "refresh", limit)
	if got := answerOf(t, err); got != `413 {"detail":"Request body exceeds the limit of 50000 bytes."}` {
		t.Errorf("got %s", got)
	}
	if total != limit+1 || cap(s.body) > 2*limit {
		t.Errorf("%d bytes read into %d", total, cap(s.body))
	}
	if s.Reset(); s.body != nil {
		t.Error("the large buffer is kept")
	}
}

func TestLimitIsInclusive(t *testing.T) {
	var s Scratch
	for _, length := range []int64{int64(len(tokenBody)), -1} {
		for limit, want := range map[int64]bool{int64(len(tokenBody)): true, int64(len(tokenBody)) - 1: false} {
			r := request(iotest.OneByteReader(strings.NewReader(tokenBody)), length, "Content-Type", "application/json")
			if _, _, err := s.Read(r, "refresh", limit); (err == nil) != want {
				t.Errorf("length %d, limit %d: %v", length, limit, err)
			}
		}
	}
}

// The edge reads a chunked body. WSGI does not see it, so Django answers "required".
func TestUnknownLength(t *testing.T) {
	var s Scratch
	r := request(strings.NewReader(` {"refresh":"a"}`), -1, "Content-Type", "application/json")
	if value, _, err := s.Read(r, "refresh", 100); string(value) != "a" || err != nil {
		t.Errorf("got %q, %v", value, err)
	}
	for _, length := range []int64{-1, 0} {
		_, _, err := s.Read(request(strings.NewReader(""), length, "Content-Type", "text/plain"), "token", 100)
		if got := answerOf(t, err); got != `400 {"token":["This field is required."]}` {
			t.Errorf("length %d: %s", length, got)
		}
	}
	_, _, err := s.Read(request(strings.NewReader("x"), -1, "Content-Type", "text/plain"), "refresh", 100)
	if got := answerOf(t, err); got != `415 {"detail":"Unsupported media type \"text/plain\" in request."}` {
		t.Errorf("got %s", got)
	}
	if _, _, err := s.Read(&http.Request{Header: http.Header{}}, "refresh", 100); !strings.Contains(answerOf(t, err), "required") {
		t.Errorf("no body at all: %v", err)
	}
}

// Of equally specific types the first one counts (Python's order is that of a
// set), and of two Content-Types the last one, as for gunicorn.
func TestRepeatedHeaders(t *testing.T) {
	var s Scratch
	r := request(strings.NewReader("refresh=a"), 9, "Content-Type", "application/json", "Content-Type", "application/x-www-form-urlencoded",
		"Accept", "application/json;indent=3, application/json;indent=5", "Accept", "application/json;indent=6")
	value, f, err := s.Read(r, "refresh", 100)
	if string(value) != "a" || f.Indent != 3 || err != nil {
		t.Errorf("got %q, %v, %v", value, f, err)
	}
}

// An error of the body goes back as it came: it may be Caddy's own answer.
func TestBodyErrors(t *testing.T) {
	var s Scratch
	broken := errors.New("limit of another handler")
	for _, length := range []int64{10, -1} {
		_, _, err := s.Read(request(iotest.ErrReader(broken), length, "Content-Type", "application/json"), "refresh", 100)
		if err != broken {
			t.Errorf("length %d: %v", length, err)
		}
	}
	stuck := readerFunc(func([]byte) (int, error) { return 0, nil })
	if _, _, err := s.Read(request(stuck, -1), "refresh", 100); err != io.ErrNoProgress {
		t.Errorf("a body that gives nothing: %v", err)
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// TestReset: a pool keeps the memory of a usual body, and not that of a large one,
// whether for the body or for its transcoded text.
func TestReset(t *testing.T) {
	for length, kept := range map[int]bool{100: true, 2 * keepBytes: false} {
		body := `{"refresh":"` + strings.Repeat("x", length) + `"}`
		var s Scratch
		r := request(strings.NewReader(body), int64(len(body)), "Content-Type", "application/json; charset=latin-1")
		if _, err := s.BodyField(r, inTime, "refresh", 1<<20); err != nil {
			t.Fatal(err)
		}
		if s.Reset(); (s.body != nil) != kept || (s.text != nil) != kept {
			t.Errorf("%d bytes: %d and %d are kept", length, cap(s.body), cap(s.text))
		}
	}
}
