// SPDX-License-Identifier: Apache-2.0

package drf

import (
	"encoding/json"
	"errors"
	"maps"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/caddyrefresh/caddyrefresh/internal/release"
)

// headers is the output of testdata/headers.py: the results of parse_header_parameters
// of one Django.
type headers struct {
	Django  string
	Headers []struct {
		Line, Value, Error string
		Params             map[string]string
	}
}

func readHeaders(tb testing.TB, name string) (h headers) {
	tb.Helper()
	text, err := os.ReadFile("testdata/headers-" + name + ".json")
	if err == nil {
		err = json.Unmarshal(text, &h)
	}
	if err != nil || len(h.Headers) < 500 {
		tb.Fatalf("%d headers: %v", len(h.Headers), err)
	}
	return h
}

// parameters returns all parameters as a map, like Django's dict.
func (h *headerValue) parameters() map[string]string {
	all := make(map[string]string)
	for p, rest, ok := h.next(h.params); ok; p, rest, ok = h.next(rest) {
		if !p.exact {
			p.name = strings.ToLower(p.name)
		}
		all[p.name] = p.value
	}
	for _, p := range h.extended {
		all[p.name] = p.value
	}
	return all
}

// undecoded are the headers with a charset that only Python can decode.
const undecoded = "utf-16"

// TestHeaders compares both readers of headers with Django's, errors included: after a
// ValueError Django skips the range, after any other error it sends an error page.
func TestHeaders(t *testing.T) {
	for name, email := range map[string]bool{"classic": false, "email": true} {
		recorded := readHeaders(t, name)
		d := release.MustFind(release.Versions{Django: recorded.Django}).Django
		if d.EmailHeaders != email {
			t.Fatalf("headers-%s.json is of Django %s", name, recorded.Django)
		}
		for _, want := range recorded.Headers {
			h, err := parseHeader(want.Line, &d)
			got := ""
			switch {
			case errors.Is(err, errHeaderValue):
				got = "ValueError"
			case errors.Is(err, errHeaderCrash):
				got = map[bool]string{false: "LookupError", true: "TypeError"}[email]
			}
			switch {
			case got != want.Error:
				t.Errorf("%s, %s: %q, want %q", name, want.Line, got, want.Error)
			case err != nil || strings.Contains(want.Line, undecoded):
			case strings.ToLower(h.value) != want.Value:
				t.Errorf("%s, %s: the value is %q, want %q", name, want.Line, h.value, want.Value)
			default:
				if diff := cmp.Diff(want.Params, h.parameters()); diff != "" {
					t.Errorf("%s, %s (-want +got)\n%s", name, want.Line, diff)
				}
			}
		}
	}
}

// TestHeaderLength: Django 6.0 counts characters, not bytes, and takes 10 000 of them.
func TestHeaderLength(t *testing.T) {
	for version, limited := range map[string]bool{"5.2.19": false, "6.0.0": true, "6.1.3": true} {
		d := release.MustFind(release.Versions{Django: version}).Django
		for line, long := range map[string]bool{
			"a/b;c=" + strings.Repeat("é", 9994): false,
			"a/b;c=" + strings.Repeat("é", 9995): true,
		} {
			if _, err := parseHeader(line, &d); (err != nil) != (long && limited) {
				t.Errorf("Django %s, %d bytes: %v", version, len(line), err)
			}
		}
	}
}

// FuzzHeader looks for a header value that makes a reader panic, or that the two readers
// disagree about. It leaves out what they do read differently: stars, angle brackets,
// and names without a value.
func FuzzHeader(f *testing.F) {
	for _, name := range []string{"classic", "email"} {
		for _, h := range readHeaders(f, name).Headers {
			f.Add(h.Line)
		}
	}
	classic := release.MustFind(release.Versions{Django: "5.2.17"}).Django
	email := release.MustFind(release.Versions{Django: "5.2.18"}).Django
	f.Fuzz(func(t *testing.T, line string) {
		a, errA := parseHeader(line, &classic)
		b, errB := parseHeader(line, &email)
		if strings.ContainsAny(line, "*<") {
			return
		}
		if errA != nil || errB != nil {
			t.Fatalf("classic %v, email %v", errA, errB)
		}
		if !strings.Contains(a.value, "=") && a.value != b.value {
			t.Errorf("the value is %q and %q", a.value, b.value)
		}
		want, got := a.parameters(), b.parameters()
		delete(want, "")
		maps.DeleteFunc(got, func(name, value string) bool { _, ok := want[name]; return !ok && value == "" })
		for rest := b.params; rest != ""; { // a name without a value takes the value away
			var p parameter
			if p, rest = emailParameter(rest); p.exact {
				delete(want, p.name)
				delete(got, p.name)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("classic and email\n%s", diff)
		}
	})
}
