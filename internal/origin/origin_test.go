// SPDX-License-Identifier: Apache-2.0

package origin

import (
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestJudge has a row for each kind of client that reaches an edge.
func TestJudge(t *testing.T) {
	const (
		own     = "https://api.example.com"
		trusted = "https://app.example.com"
		sister  = "https://blog.example.com"
		evil    = "https://evil.example"
	)
	ours, stranger := Verdict{Ours: true, KeepsCookies: true}, Verdict{}
	program := Verdict{Ours: true}
	for _, tt := range []struct {
		name   string
		method string
		header string // name: value, one a line
		plain  bool   // http, as behind a proxy that takes TLS off
		want   Verdict
	}{
		{"fetch from the same origin", "POST", "Sec-Fetch-Site: same-origin\nOrigin: " + own, false, ours},
		{"fetch of GET from the same origin", "GET", "Sec-Fetch-Site: same-origin", false, ours},
		{"the address bar", "GET", "Sec-Fetch-Site: none\nSec-Fetch-Mode: navigate\nSec-Fetch-Dest: document", false, ours},
		{"fetch from a trusted origin", "POST", "Sec-Fetch-Site: same-site\nOrigin: " + trusted, false, ours},
		{"fetch from a trusted origin on another site", "POST", "Sec-Fetch-Site: cross-site\nOrigin: " + trusted, false, program},
		{"fetch of GET from a trusted origin", "GET", "Sec-Fetch-Site: same-site\nOrigin: " + trusted, false, ours},
		{"image on a trusted page, which has no Origin", "GET", "Sec-Fetch-Site: same-site\nSec-Fetch-Mode: no-cors\nSec-Fetch-Dest: image", false, stranger},
		{"fetch from a sister", "POST", "Sec-Fetch-Site: same-site\nOrigin: " + sister, false, stranger},
		{"fetch of GET from a sister", "GET", "Sec-Fetch-Site: same-site\nOrigin: " + sister, false, stranger},
		{"fetch from an evil site", "POST", "Sec-Fetch-Site: cross-site\nOrigin: " + evil, false, stranger},
		{"image on an evil site", "GET", "Sec-Fetch-Site: cross-site\nSec-Fetch-Mode: no-cors\nSec-Fetch-Dest: image", false, stranger},
		{"form of an evil site", "POST", "Sec-Fetch-Site: cross-site\nSec-Fetch-Mode: navigate\nSec-Fetch-Dest: document\nOrigin: " + evil, false, stranger},
		{"form of an evil site without a referrer", "POST", "Sec-Fetch-Site: cross-site\nSec-Fetch-Mode: navigate\nSec-Fetch-Dest: document\nOrigin: null", false, stranger},
		{"link on an evil site", "GET", "Sec-Fetch-Site: cross-site\nSec-Fetch-Mode: navigate\nSec-Fetch-Dest: document", false, ours},
		{"frame on an evil site", "GET", "Sec-Fetch-Site: cross-site\nSec-Fetch-Mode: navigate\nSec-Fetch-Dest: iframe", false, stranger},
		{"link on an evil site, method HEAD", "HEAD", "Sec-Fetch-Site: cross-site\nSec-Fetch-Mode: navigate\nSec-Fetch-Dest: document", false, ours},
		{"websocket from the same origin", "GET", "Upgrade: websocket\nOrigin: " + own, false, ours},
		{"websocket from a trusted origin", "GET", "Upgrade: websocket\nOrigin: " + trusted, false, ours},
		{"websocket from a sister", "GET", "Upgrade: websocket\nOrigin: " + sister, false, stranger},
		{"websocket from a sister that says same-origin", "GET", "Upgrade: websocket\nSec-Fetch-Site: same-origin\nOrigin: " + sister, false, stranger},
		{
			"websocket from a sister as a navigation", "GET",
			"Upgrade: websocket\nSec-Fetch-Site: same-site\nSec-Fetch-Mode: navigate\nSec-Fetch-Dest: document\nOrigin: " + sister, false, stranger,
		},
		{"websocket over HTTP/2 from a sister", "CONNECT", "Origin: " + sister, false, stranger},
		{"websocket over HTTP/2 from the same origin", "CONNECT", "Origin: " + own, false, ours},
		{"websocket without an origin, with Sec-Fetch-Site", "GET", "Upgrade: websocket\nSec-Fetch-Site: cross-site", false, stranger},
		{"websocket of a program", "GET", "Upgrade: websocket", false, program},
		{"old browser, same origin", "POST", "Origin: " + own, false, ours},
		{"old browser, same origin, with the port", "POST", "Origin: https://API.example.com:443", false, ours},
		{"old browser, http", "POST", "Origin: http://api.example.com", true, ours},
		{"page of http at an edge with TLS", "POST", "Origin: http://api.example.com", false, stranger},
		{"proxy in front took TLS off", "POST", "Origin: " + own, true, ours},
		{"old browser, another port", "POST", "Origin: https://api.example.com:8443", false, stranger},
		{"old browser, evil site", "POST", "Origin: " + evil, false, stranger},
		{"old browser, evil site that looks like ours", "POST", "Origin: https://api.example.com.evil.example", false, stranger},
		{"null origin: Electron, a sandbox", "POST", "Origin: null", false, stranger},
		{"null origin with Sec-Fetch-Site", "POST", "Origin: null\nSec-Fetch-Site: cross-site", false, stranger},
		{"Capacitor on iOS", "POST", "Origin: capacitor://localhost", false, stranger},
		{"Capacitor on Android", "POST", "Origin: https://localhost\nSec-Fetch-Site: cross-site", false, stranger},
		{"an extension", "POST", "Origin: chrome-extension://aaaabbbb\nSec-Fetch-Site: none", false, stranger},
		{"an app or a server", "POST", "", false, program},
		{"a server that forwards the browser's headers", "POST", "Sec-Fetch-Site: cross-site\nOrigin: " + evil, false, stranger},
		{"two origins", "POST", "Origin: " + trusted + "\nOrigin: " + evil, false, stranger},
		{"two of Sec-Fetch-Site", "POST", "Sec-Fetch-Site: same-origin\nSec-Fetch-Site: cross-site", false, stranger},
		{"a list in Sec-Fetch-Site", "POST", "Sec-Fetch-Site: same-origin, cross-site", false, stranger},
		{"an empty origin", "POST", "Origin: ", false, stranger},
		{"an origin with a path", "POST", "Origin: " + trusted + "/", false, stranger},
		{"an origin in upper case", "POST", "Origin: HTTPS://APP.EXAMPLE.COM", false, stranger},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := httptest.NewRequest(tt.method, "/", nil)
			r.Host = "api.example.com"
			if !tt.plain {
				r.TLS = &tls.ConnectionState{HandshakeComplete: true}
			}
			for line := range strings.Lines(tt.header) {
				name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
				r.Header.Add(name, value)
			}
			set, err := Parse([]string{trusted})
			if err != nil {
				t.Fatal(err)
			}
			got := set.Judge(r)
			if !got.Ours {
				got.KeepsCookies = false // which means nothing then
			}
			if got != tt.want {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
		})
	}
}

// TestJudgeAllocations: whose request it is is asked of each request that has our cookies.
func TestJudgeAllocations(t *testing.T) {
	set := Trusted{"https://app.example.com": true}
	r := httptest.NewRequest("POST", "/", nil)
	for name, header := range map[string]http.Header{
		"same origin":    {"Sec-Fetch-Site": {"same-origin"}, "Origin": {"https://api.example.com"}},
		"trusted origin": {"Sec-Fetch-Site": {"same-site"}, "Origin": {"https://app.example.com"}},
		"cross site":     {"Sec-Fetch-Site": {"cross-site"}, "Origin": {"https://evil.example"}},
		"no browser":     {},
	} {
		r.Header = header
		if n := testing.AllocsPerRun(100, func() { set.Judge(r) }); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

func TestParse(t *testing.T) {
	for _, good := range []string{
		"https://app.example.com", "https://app.example.com:8443", "http://localhost:5173", "http://127.0.0.1:3000",
		"https://[::1]:8443", "https://xn--bcher-kva.example", "capacitor://localhost", "https://localhost",
		"chrome-extension://abcdefghijklmnopabcdefghijklmnop",
	} {
		if _, err := Parse([]string{good}); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	for bad, cure := range map[string]string{
		"null":                            "sandbox",
		"*":                               "wildcard",
		"https://*.example.com":           "name each origin",
		"app.example.com":                 "such as https://app.example.com",
		"//app.example.com":               "such as https://app.example.com",
		"https://":                        "such as https://app.example.com",
		"https://app.example.com/":        "write https://app.example.com",
		"https://App.Example.com":         "write https://app.example.com",
		"HTTPS://app.example.com":         "write https://app.example.com",
		"https://app.example.com:443":     "write https://app.example.com",
		"http://app.example.com:80":       "write http://app.example.com",
		"https://app.example.com:":        "write https://app.example.com",
		"https://[0:0:0:0:0:0:0:1]":       "write https://[::1]",
		"https://app.example.com/spa":     "more than a scheme",
		"https://app.example.com?x":       "more than a scheme",
		"https://app.example.com#x":       "more than a scheme",
		"https://user:pw@app.example.com": "more than a scheme",
		"https://bücher.example":          "Punycode",
		"https://app example.com":         "no URL",
		`https://app"example.com`:         "which no name has",
		"https://[fe80::1%25eth0]":        "which no name has",
	} {
		_, err := Parse([]string{bad})
		if err == nil || !strings.Contains(err.Error(), cure) {
			t.Errorf("%s: %v, want %q", bad, err, cure)
		}
	}
	if _, err := Parse([]string{"https://a.example", "https://a.example"}); err == nil {
		t.Error("the same origin was taken twice")
	}
}

// FuzzParse: what is taken is spelled as a browser spells it.
func FuzzParse(f *testing.F) {
	f.Add("https://app.example.com:8443")
	f.Add("https://[::1]")
	f.Add("HTTP://x:80/")
	f.Fuzz(func(t *testing.T, written string) {
		set, err := Parse([]string{written})
		if err != nil {
			return
		}
		if !set[written] || strings.ToLower(written) != written || strings.ContainsAny(written, " *@?#\"\\\t\r\n") {
			t.Errorf("%q was taken", written)
		}
	})
}
