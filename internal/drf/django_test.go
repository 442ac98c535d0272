// SPDX-License-Identifier: Apache-2.0

package drf

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/caddyrefresh/caddyrefresh/internal/pyjson"
	"github.com/caddyrefresh/caddyrefresh/internal/release"
)

// exchange is one request and Django's answer. testdata/django.json was recorded in
// process from DRF 3.14.0 on Django 4.2, 3.15.2 on 4.2 and 5.1 and 3.16.1 on 5.2 with
// Python 3.11; the view returns {"value":<validated value>}. They all agree but for the
// deviations named below, and for two rows about a part of a multipart body with more
// than 1024 bytes of headers, which Django 4.2 skips: see TestReleases.
type exchange struct {
	Name   string
	Query  runs
	Accept []string
	Type   *string
	Body   runs
	Status int
	HTML   bool
	Answer runs
}

// runs is a text with its repetitions counted. Each character stands for a byte.
type runs string

func (r *runs) UnmarshalJSON(data []byte) error {
	var parts [][2]any
	if err := json.Unmarshal(data, &parts); err != nil {
		return err
	}
	var b strings.Builder
	for _, p := range parts {
		b.WriteString(strings.Repeat(p[0].(string), int(p[1].(float64))))
	}
	*r = runs(b.String())
	return nil
}

// bytes takes each character for a byte.
func bytesOf(s string) string {
	b := make([]byte, 0, len(s))
	for _, r := range s {
		b = append(b, byte(r))
	}
	return string(b)
}

// request makes the request that a server would hand on: header values trimmed.
func (e exchange) request() *http.Request {
	body := bytesOf(string(e.Body))
	r := httptest.NewRequest("POST", "/", strings.NewReader(body))
	if body == "" {
		r.Body = http.NoBody
	}
	r.URL.RawQuery = bytesOf(string(e.Query))
	for _, a := range e.Accept {
		r.Header.Add("Accept", strings.Trim(bytesOf(a), " \t"))
	}
	if e.Type != nil {
		r.Header.Set("Content-Type", strings.Trim(bytesOf(*e.Type), " \t"))
	}
	return r
}

// serve answers as the recorded view does.
func serve(s *Scratch, r *http.Request, rel *release.Release) *httptest.ResponseRecorder {
	value, f, err := s.ReadAs(r, rel, "refresh", 4<<20)
	a := Answer{Status: http.StatusOK}
	var refusal *Refusal
	switch {
	case errors.As(err, &refusal):
		a = refusal.Answer
	case err != nil:
		panic(err)
	default:
		a.Body = append(pyjson.AppendQuoteUTF8([]byte(`{"value":`), value), '}')
	}
	w := httptest.NewRecorder()
	a.Write(w, f, nil)
	return w
}

func exchanges(tb testing.TB) (list []exchange) {
	data, err := os.ReadFile("testdata/django.json")
	if err == nil {
		err = json.Unmarshal(data, &list)
	}
	if err != nil || len(list) < 500 {
		tb.Fatalf("%d exchanges: %v", len(list), err)
	}
	return list
}

// deviations are the exchanges in which our answer differs from Django's on purpose.
var deviations = map[string]struct {
	status int
	answer string
}{
	// There is no browsable API at the edge.
	"html text/html": {200, `{"value":"a.b.c"}`},
	"html text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8": {200, `{"value":"a.b.c"}`},
	"html text/*":      {200, `{"value":"a.b.c"}`},
	"query format=api": {200, `{"value":"a.b.c"}`},
	// Django: its HTML page for a bad request.
	"query 1001 fields": {400, `{"detail":"The number of GET/POST parameters exceeds the limit of 1000."}`},
	"form 1001 fields":  {400, `{"detail":"The number of GET/POST parameters exceeds the limit of 1000."}`},
	// Django: RecursionError, 500.
	"json depth 2000":        {400, `{"detail":"JSON parse error - Nesting deeper than 900 levels: line 1 column 919 (char 918)"}`},
	"json depth 100000 open": {400, `{"detail":"JSON parse error - Nesting deeper than 900 levels: line 1 column 901 (char 900)"}`},
	// A number keeps its spelling; no number is a token.
	"value -0": {200, `{"value":"-0"}`},
}

func TestAgainstDjango(t *testing.T) {
	var s Scratch
	met := 0
	for _, e := range exchanges(t) {
		want, status := string(e.Answer), e.Status
		if d, ok := deviations[e.Name]; ok {
			met++
			if d.status == status && d.answer == want {
				t.Errorf("%s: no deviation at all", e.Name)
			}
			want, status = d.answer, d.status
		} else if e.HTML {
			t.Errorf("%s: Django answers HTML; say what we answer", e.Name)
		}
		w := serve(&s, e.request(), inTime)
		if w.Code != status || w.Body.String() != want {
			t.Errorf("%s:\n got %d %.200s\nwant %d %.200s", e.Name, w.Code, w.Body, status, want)
		}
		s.Reset()
	}
	if met != len(deviations) {
		t.Errorf("%d of %d deviations were met", met, len(deviations))
	}
}
