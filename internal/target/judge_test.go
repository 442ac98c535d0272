// SPDX-License-Identifier: Apache-2.0

package target

import (
	"testing"
	"time"
)

var endpoints = []string{"/api/token/refresh/", "/auth/verify"}

func TestJudge(t *testing.T) {
	const refresh, verify = 0, 1
	for target, want := range map[string]int{
		// Equal, raw or after decodings.
		"/api/token/refresh":                  refresh,
		"/API/Token/REFRESH/":                 refresh,
		"//auth//verify/":                     verify,
		"/api/to%e2%84%aaen/refre%c5%bfh/":    refresh, // re.IGNORECASE of Python takes the Kelvin sign for a k, ſ for an s
		"/auth/ver%c4%b0f%c4%b1":              None,
		"/auth/ver%c4%b0fy":                   verify,
		"/auth/ver%C4%B1fy":                   verify,
		"/api/token/r%c3%a9fresh":             None,
		"/api/./token/refresh/.":              refresh,
		"/api%2ftoken%2Frefresh":              refresh,
		"/api%252ftoken/refresh":              refresh,
		"/api%25252ftoken/refresh":            refresh,
		"/api%2525252ftoken/refresh":          None, // four layers
		"/api%u002ftoken/%u0072efresh":        refresh,
		"/api%c0%aftoken/refresh":             refresh,
		"/api%c0%2ftoken/refresh":             refresh,
		"/api%c1%9ctoken/refresh":             refresh,
		"/api%e0%80%aftoken/refresh":          refresh,
		"/api%f0%80%80%aftoken/refresh":       refresh,
		"/api%fc%80%80%80%80%aftoken/refresh": refresh,
		"/api%c1%b4oken/refresh":              None,
		"/api/%c1%b4oken/refresh":             refresh,
		`/api\token/refresh`:                  refresh,
		"/api%5ctoken%5crefresh":              refresh,
		"/api/token/refresh;v=1":              refresh,
		"/api;a/token;b/refresh;c/":           refresh,
		"/api/token/refresh%20.%20.":          refresh,
		"/api/token/refresh%00":               refresh,
		"/api/token/ref%00resh":               refresh,
		"/api/token/ref%ffresh":               refresh,
		"/api/token/refresh%0a":               refresh,
		"/api/token/refresh/%0d":              refresh,

		// Cut off.
		"/api/token/refresh?x":               refresh,
		"/api/token/refresh/%3fx/y":          refresh,
		"/api/token/refresh%23/x":            refresh,
		"/api/token/refresh/%20HTTP/1.1":     refresh,
		"/api/token/refresh%00.html":         refresh,
		"/api/token/refresh/%00.html":        refresh,
		"/api/token/refresh/;x%3fy/z":        refresh,
		"/api/%3fx/token/refresh":            None,
		"/x/..%00y/api/token/refresh":        refresh,
		"/api/token/refresh%2525":            refresh,
		"/api%252ftoken/refresh%253fx/../..": refresh,

		// An escape that ends too early is dropped.
		"/api/token/refresh%":          refresh,
		"/api/token/refresh/%252":      refresh,
		"/x//..%25":                    None,
		"/x/..%/api/token/refresh":     refresh,
		"/api/token/refresh%25%3fx/y":  refresh,
		"/api/token/refresh/%252%20/y": refresh,
		// In text, it takes all bytes of the full-width slash; and what else is dropped or
		// cut off may stand after or within it.
		"%2fapi/token/refresh%25%ef%bc%8f":    refresh,
		"/api/token/refresh%25%ff%ff%ff":      refresh,
		"/api/token/refresh%252%ff%ff":        refresh,
		"/api/token/refresh%25;xy":            refresh,
		"/api/token/refresh%252..":            refresh,
		"/api/token/refresh%252%25":           refresh,
		"/api/token/refresh/%25.%252;xy":      refresh,
		"/x/..%25%ef%bc%8f/api/token/refresh": refresh,
		"/api/token/refresh%25%ef%bc%8fx":     None,
		"/api/token/refresh%25.x":             None,
		"/api/token/refresh%25xy":             None,

		// Dropped before the next layer is decoded.
		"/ap%256%0a9/token/refresh/":      refresh,
		"/api%252%09ftoken/refresh":       refresh,
		"/api%25%ff2ftoken/refresh":       refresh,
		"/api%25u00%092ftoken/refresh":    refresh,
		"/api%252%00ftoken/refresh":       None,
		"/api%c0%09%aftoken/refresh":      refresh,
		"/api/t%c0%afoken/refresh":        refresh,
		"/api/t%c0oken/refresh":           refresh,
		"/api%c0otoken/refresh":           refresh,
		"/api%252ftoken/refresh;%252fx":   refresh,
		"/api;%252fx/token%252frefresh":   refresh,
		"/api%252ftoken/refresh;%c0%afx":  refresh,
		"/api%252ftoken/refresh%252%0935": refresh,
		"/api%252ftoken/refresh%256%091":  refresh,

		// Ends with one, and the segments before it may be lost.
		"api/token/refresh":                 refresh,
		"x:/auth/verify":                    verify,
		"http://host/api/token/refresh":     refresh,
		"//host/api/token/refresh":          refresh,
		"/%2fhost/api/token/refresh":        refresh,
		`/\host/api/token/refresh`:          refresh,
		"//host/zz/api/token/refresh/":      refresh,
		"/host/api/token/refresh":           None,
		"//host/api/token/refresh/x":        None,
		"/api/projects/a%2Fb/token/refresh": None,

		// A step up.
		"/api/token/refresh//..":                                         refresh,
		"/api/token//../refresh":                                         refresh,
		"/api/token/refresh/%2f%2e%2e":                                   refresh,
		"/x/..;y/api/token/refresh":                                      refresh,
		"/x/%252e%252e/api/token/refresh":                                refresh,
		"/x/..%20/api/token/refresh":                                     refresh,
		"/x/.%00./api/token/refresh":                                     refresh,
		"/x/.../api/token/refresh":                                       refresh,
		"/api/x/../token/y/../refresh/z/..":                              refresh,
		"/x%253f/%252e%252e/api/token/refresh%3fy":                       refresh,
		"/x/../token/api/refresh":                                        None,
		"/x/../auth/other":                                               None,
		"/x/..y/api/token/refresh":                                       None,
		"/x%20HTTP/1.1%0d%0a%0d%0aPOST%20/api/token/refresh/%20HTTP/1.1": refresh,

		"/api%c0%aftoken/refresh%3b%c0%afx":  refresh,
		"/api%252ftoken/refresh%c0%bb%252fx": refresh,
		"/api%c0%aft%c0oken/refresh":         refresh,
		"/api%25c0%25a52%2509ftoken/refresh": refresh,

		// Too many readings, and almost as many as a plain target has.
		"/;%252525%ff/%c0%09%af%c0o%252%2509": refresh,
		"/a;b%25252fc/d;e":                    None,

		"":                      None,
		"/":                     None,
		"*":                     None,
		"/api/token":            None,
		"/api/token/refresh/x":  None,
		"/api/token/refreshx":   None,
		"/api/token/refresh.js": None,
		"/api/token/refres%":    None,
		"/api/token/refresh%zz": None,
		"/api/token/%u00":       None,
	} {
		if got := NewSet(endpoints).Judge(target, false); got != want {
			t.Errorf("Judge(%q) = %d, want %d", target, got, want)
		}
	}
}

// TestJudgeAnywhere judges targets that may lose their first segments.
func TestJudgeAnywhere(t *testing.T) {
	for target, want := range map[string]int{
		"/zz/api/token/refresh":        0,
		"/zz/api/token/refresh%33":     None,
		"/zz/api%2ftoken/refresh":      0,
		"/zz/api/token":                None,
		"/api/token/api/token/refresh": 0,
	} {
		if got := NewSet(endpoints).Judge(target, true); got != want {
			t.Errorf("Judge(%q) = %d, want %d", target, got, want)
		}
	}
}

// TestRoot: a target that is empty after cleaning is an endpoint at the root.
func TestRoot(t *testing.T) {
	for target, want := range map[string]int{
		"//": 0, "/%2f": 0, "/.": 0, "/x/..": 0, "/;x": 0, "/%3fx": 0, "/%78": None, "/x%2fy": None,
	} {
		if got := NewSet([]string{"/"}).Judge(target, false); got != want {
			t.Errorf("Judge(%q) = %d, want %d", target, got, want)
		}
	}
}

func TestFindAndSuffix(t *testing.T) {
	s := NewSet(endpoints)
	for _, tt := range []struct {
		path         string
		find, suffix int
	}{
		{"/api/token/refresh", 0, 0},
		{"/api/token/refresh/", 0, 0},
		{"/auth/verify/", 1, 1},
		{"/api/token/refresh//", None, None},
		{"/Api/Token/Refresh", None, 0},
		{"/zz/auth/verify", None, 1},
		{"/zz/auth/verifY/", None, 1},
		{"/zzauth/verify", None, None},
		{"/", None, None},
		{"", None, None},
	} {
		if got := s.Find(tt.path); got != tt.find {
			t.Errorf("Find(%q) = %d, want %d", tt.path, got, tt.find)
		}
		if got := s.Suffix(tt.path); got != tt.suffix {
			t.Errorf("Suffix(%q) = %d, want %d", tt.path, got, tt.suffix)
		}
	}
}

func TestOdd(t *testing.T) {
	for path, want := range map[string]bool{
		"/": false, "/a": false, "/a/": false, "/a.b/c-d_e~f": false, "/a:b@c,d=e&f+g$h": false, "/a(b)'*!": false, "/a..": false,
		"": true, "a": true, "*": true, "//": true, "/a//b": true, "/.": true, "/./a": true, "/a/..": true, "/.well-known": true,
		"/a%20b": true, "/%": true, "/a b": true, "/a;b": true, `/a\b`: true, "/a\x00": true, "/a\x7f": true, "/é": true, "/a?": true, "/a#": true, `/"`: true,
	} {
		if got := Odd(path); got != want {
			t.Errorf("Odd(%q) = %t, want %t", path, got, want)
		}
	}
}

// TestLongTargets: judging a target as long as Caddy accepts takes time in proportion to
// its length, whatever it holds.
func TestLongTargets(t *testing.T) {
	s := NewSet(endpoints)
	for _, piece := range []string{"/", "?", "/..", "%2525", "%c0%af", "/api/token/refresh/", ";", ".", "/ ?", "%25%ff", "%2%09", ";%252%09;%c0%09%af%c0o%25"} {
		text := make([]byte, 0, 1<<20)
		for len(text) < 1<<20 {
			text = append(text, piece...)
		}
		started := time.Now()
		s.Judge(string(text), false)
		// A bound for busy machines; quadratic time would take hours.
		if took := time.Since(started); took > 10*time.Second {
			t.Errorf("a target of %q takes %s", piece, took)
		}
	}
}
