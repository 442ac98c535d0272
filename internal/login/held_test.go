// SPDX-License-Identifier: Apache-2.0

package login

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"github.com/google/go-cmp/cmp"
)

// TestNothingOfABrokenAnswer: of an answer that ends with an error or breaks off nothing
// is sent, so that an error route can answer.
func TestNothingOfABrokenAnswer(t *testing.T) {
	broken := errors.New("broken")
	begin := inJSON(`{"refresh":"`+refresh+`"`, "X-A", "1")
	s := new(site)
	w, outcome, cause, err := capture(usual, s, func(w http.ResponseWriter, r *http.Request) error {
		_ = begin(w, r)
		return broken
	})
	if err != broken || outcome == Withheld || cause != nil {
		t.Errorf("outcome %d, cause %v, error %v", outcome, cause, err)
	}
	check := func() {
		t.Helper()
		if diff := cmp.Diff(http.Header{"Server": {"Caddy"}}, w.Header()); diff != "" || w.Body.Len() > 0 || len(s.begun) > 0 {
			t.Errorf("something was written: %q, headers -want +got\n%s", w.Body, diff)
		}
	}
	check()

	for _, want := range []any{http.ErrAbortHandler, "a fault"} {
		s, w = new(site), httptest.NewRecorder()
		w.Header().Set("Server", "Caddy")
		func() {
			defer func() {
				if got := recover(); got != want {
					t.Errorf("the panic was %v, want %v", got, want)
				}
			}()
			_, _, _ = usual.Serve(w, httptest.NewRequest("POST", "/", nil), handler(func(w http.ResponseWriter, r *http.Request) {
				_ = begin(w, r)
				panic(want)
			}), s)
		}()
		check()
	}

	// A fault after the answer was refused is still a fault.
	defer func() {
		if got := recover(); got != "a fault" {
			t.Errorf("the panic was %v", got)
		}
	}()
	_, _, _, _ = capture(usual, s, handler(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write(make([]byte, 1<<10+1))
		panic("a fault")
	}))
}

func handler(f func(http.ResponseWriter, *http.Request)) caddyhttp.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) error {
		f(w, r)
		return nil
	}
}

// TestNoWayAround: no handler gets at the client's connection around the writer.
func TestNoWayAround(t *testing.T) {
	_, outcome, _, err := capture(usual, new(site), func(w http.ResponseWriter, _ *http.Request) error {
		if _, _, err := http.NewResponseController(w).Hijack(); !errors.Is(err, http.ErrNotSupported) {
			t.Errorf("Hijack: %v", err)
		}
		if _, ok := w.(interface{ Unwrap() http.ResponseWriter }); ok {
			t.Error("there is a way to unwrap it")
		}
		if _, ok := w.(io.ReaderFrom); ok {
			t.Error("a copy would go past Write")
		}
		return nil
	})
	if outcome != Passed || err != nil {
		t.Errorf("outcome %d, error %v", outcome, err)
	}
}

// TestRefusedWithoutMemory: what comes after the limit is not kept, and the backend is
// told to stop.
func TestRefusedWithoutMemory(t *testing.T) {
	var r *http.Request
	_, _, _, _ = capture(usual, new(site), func(w http.ResponseWriter, request *http.Request) error {
		r = request
		if n, err := w.Write(make([]byte, 1<<10)); n != 1<<10 || err != nil || r.Context().Err() != nil {
			t.Fatalf("up to the limit: %d, %v, %v", n, err, r.Context().Err())
		}
		if n, err := w.Write([]byte{'x'}); n != 0 || err == nil || r.Context().Err() == nil {
			t.Errorf("past the limit: %d, %v, %v", n, err, r.Context().Err())
		}
		chunk := make([]byte, 1<<10)
		if allocations := testing.AllocsPerRun(100, func() { _, _ = w.Write(chunk) }); allocations != 0 {
			t.Errorf("%v allocations for what nobody gets", allocations)
		}
		return nil
	})
}

// TestRefusedAtItsHeader: the backend is told to stop, and a body is not read.
func TestRefusedAtItsHeader(t *testing.T) {
	_, outcome, _, _ := capture(usual, new(site), func(w http.ResponseWriter, r *http.Request) error {
		w.Header().Set("X-T", refresh)
		w.WriteHeader(http.StatusForbidden)
		if n, err := w.Write([]byte{'x'}); n != 0 || err == nil || r.Context().Err() == nil {
			t.Errorf("%d, %v, %v", n, err, r.Context().Err())
		}
		if err := http.NewResponseController(w).Flush(); err != nil {
			t.Error(err)
		}
		return nil
	})
	if outcome != Withheld {
		t.Errorf("outcome %d", outcome)
	}
}

// TestThrough: answers of 400 and above go out as they come.
func TestThrough(t *testing.T) {
	w, outcome, _, err := capture(usual, new(site), handler(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Trailer", "X-Sum")
		w.WriteHeader(http.StatusTeapot)
		w.WriteHeader(http.StatusOK)
		_, _ = io.WriteString(w, "part")
		if err := http.NewResponseController(w).Flush(); err != nil {
			t.Error(err)
		}
		w.Header().Set("X-Sum", "1")
	}))
	res := w.Result()
	if outcome != Passed || err != nil || res.StatusCode != http.StatusTeapot || !w.Flushed || w.Body.String() != "part" || res.Trailer.Get("X-Sum") != "1" {
		t.Errorf("outcome %d, error %v, flushed %t: %+v", outcome, err, w.Flushed, res)
	}
}

// TestUpward: the backend is asked for an answer that can be read, and the request itself
// stays as it is.
func TestUpward(t *testing.T) {
	r := httptest.NewRequest("POST", "/", nil)
	r.Header = http.Header{"Accept-Encoding": {"gzip, br"}, "Upgrade": {"h2c"}, "Accept": {"*/*"}}
	came := r.Header.Clone()
	_, _, _ = usual.Serve(httptest.NewRecorder(), r, handler(func(_ http.ResponseWriter, r *http.Request) {
		if diff := cmp.Diff(http.Header{"Accept": {"*/*"}}, r.Header); diff != "" {
			t.Errorf("up -want +got\n%s", diff)
		}
	}), new(site))
	if diff := cmp.Diff(came, r.Header); diff != "" {
		t.Errorf("the request changed\n%s", diff)
	}
}

// TestKeepRefuses: an answer whose tokens the browser could not keep does not go out.
func TestKeepRefuses(t *testing.T) {
	tooLong := errors.New("too long")
	w, outcome, cause, err := capture(usual, &site{keeps: tooLong}, inJSON(`{"refresh":"`+refresh+`"}`))
	if outcome != Withheld || cause != tooLong || err != nil || w.Body.Len() > 0 || len(w.Header()["Set-Cookie"]) > 0 {
		t.Errorf("outcome %d, cause %v, error %v, %v", outcome, cause, err, w.Header())
	}
}
