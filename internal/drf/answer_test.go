// SPDX-License-Identifier: Apache-2.0

package drf

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestWrite(t *testing.T) {
	for _, tt := range []struct {
		name   string
		answer Answer
		format Format
		vary   []string
		body   string
		header http.Header
	}{
		{
			"success",
			Answer{Status: 200, Body: []byte(`{"access":"a","refresh":"b"}`)},
			Format{},
			nil,
			`{"access":"a","refresh":"b"}`,
			http.Header{"Vary": {"Accept"}, "Content-Length": {"28"}},
		},
		{
			"challenge",
			Answer{Status: 401, Body: AppendDetail(nil, "Token is invalid", "token_not_valid"), Header: []HeaderField{{"Www-Authenticate", `Bearer realm="api"`}}},
			Format{},
			nil,
			`{"detail":"Token is invalid","code":"token_not_valid"}`,
			http.Header{"Vary": {"Accept"}, "Content-Length": {"54"}, "Www-Authenticate": {`Bearer realm="api"`}},
		},
		{
			"store down",
			Answer{Status: 503, Body: Detail(0, "Try again.").Body, Header: []HeaderField{{"Retry-After", "1"}}},
			Format{},
			[]string{"Origin"},
			`{"detail":"Try again."}`,
			http.Header{"Vary": {"Origin", "Accept"}, "Content-Length": {"23"}, "Retry-After": {"1"}},
		},
		{
			"indented",
			Answer{Status: 200, Body: []byte(`{"access":"a{,","l":[1,2],"e":{},"f":[]}`)},
			Format{Indent: 2},
			nil,
			"{\n  \"access\": \"a{,\",\n  \"l\": [\n    1,\n    2\n  ],\n  \"e\": {},\n  \"f\": []\n}",
			http.Header{"Vary": {"Accept"}, "Content-Length": {"70"}},
		},
		{
			"one renderer",
			Answer{Status: 200, Body: []byte(`{}`)},
			Format{JSONOnly: true},
			nil,
			`{}`,
			http.Header{"Content-Length": {"2"}},
		},
		{
			"one renderer behind another handler",
			Answer{Status: 200, Body: []byte(`{}`)},
			Format{JSONOnly: true},
			[]string{"Origin"},
			`{}`,
			http.Header{"Vary": {"Origin"}, "Content-Length": {"2"}},
		},
	} {
		tt.header["Allow"] = []string{"POST, OPTIONS"}
		tt.header["Cache-Control"] = []string{"no-store"}
		tt.header["Content-Type"] = []string{"application/json"}
		w := httptest.NewRecorder()
		if tt.vary != nil {
			w.Header()["Vary"] = tt.vary
		}
		tt.answer.Write(w, tt.format, nil)
		if w.Code != tt.answer.Status || w.Body.String() != tt.body {
			t.Errorf("%s: %d %s", tt.name, w.Code, w.Body)
		}
		if diff := cmp.Diff(tt.header, w.Header()); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", tt.name, diff)
		}
	}
}

// Handlers around us append to and replace header values in place. That must not
// reach another value, another request or the slice that was there before.
func TestWriteSharesNoHeaderValues(t *testing.T) {
	a := Detail(401, "x")
	a.Header = []HeaderField{{"Www-Authenticate", "Bearer"}}
	shared := make([]string, 1, 4)
	shared[0] = "Origin"
	first, second := httptest.NewRecorder(), httptest.NewRecorder()
	first.Header()["Vary"] = shared
	a.Write(first, Format{}, nil)
	for name := range first.Header() {
		values := first.Header()[name]
		values[0] = "changed"
		first.Header()[name] = append(values, "added")
	}
	if shared[:2][1] != "" {
		t.Error("the value that was there before has been appended to in place")
	}
	for name, values := range first.Header() {
		if values[0] != "changed" || values[len(values)-1] != "added" {
			t.Errorf("%s: %q", name, values)
		}
	}
	a.Write(second, Format{}, nil)
	if got := second.Header().Get("Www-Authenticate"); got != "Bearer" {
		t.Errorf("the second answer has %q", got)
	}
}

type discard struct{ header http.Header }

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) Write(p []byte) (int, error) { return len(p), nil }
func (d *discard) WriteHeader(int)             {}

// TestWriteAllocations: one array for the values of the headers, or none if the caller
// has room for them.
func TestWriteAllocations(t *testing.T) {
	a := Answer{Status: 200, Body: make([]byte, 300), Header: []HeaderField{{"Retry-After", "1"}}}
	w := &discard{make(http.Header, 16)}
	for want, room := range [][]string{make([]string, HeaderRoom), nil} {
		if n := testing.AllocsPerRun(100, func() { clear(w.header); a.Write(w, Format{}, room) }); int(n) != want {
			t.Errorf("%v allocations, want %d", n, want)
		}
	}
}

// TestContentLength looks at both sides of the lengths whose text is kept.
func TestContentLength(t *testing.T) {
	for _, n := range []int{0, 9, 10, len(lengths) - 1, len(lengths), 12_345} {
		w := httptest.NewRecorder()
		a := Answer{Status: 200, Body: make([]byte, n)}
		a.Write(w, Format{}, nil)
		if got := w.Header().Get("Content-Length"); got != strconv.Itoa(n) {
			t.Errorf("a body of %d bytes has Content-Length %s", n, got)
		}
	}
}

func TestIndentLevels(t *testing.T) {
	for n, want := range map[int]string{0: `{"a":1}`, 1: "{\n \"a\": 1\n}", 8: "{\n        \"a\": 1\n}", 99: "{\n        \"a\": 1\n}"} {
		w := httptest.NewRecorder()
		a := Answer{Status: 200, Body: []byte(`{"a":1}`)}
		a.Write(w, Format{Indent: n}, nil)
		if w.Body.String() != want {
			t.Errorf("%d: %q", n, w.Body)
		}
	}
}

func TestBodies(t *testing.T) {
	for _, tt := range []struct{ got, want string }{
		{string(Detail(404, "Not found.").Body), `{"detail":"Not found."}`},
		{string(AppendDetail([]byte("+"), "\"<\u00e9\u2028>", "")), `+{"detail":"\"<` + "\u00e9" + `\u2028>"}`},
		{string(FieldErrors("refresh", "a", `"b"`).Body), `{"refresh":["a","\"b\""]}`},
	} {
		if tt.got != tt.want {
			t.Errorf("got %s, want %s", tt.got, tt.want)
		}
	}
	if got := FieldErrors("x", "y").Status; got != 400 {
		t.Errorf("field errors have status %d", got)
	}
}
