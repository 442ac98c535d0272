// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package browser

import (
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestNoScriptReadsRefreshToken: no script of the page itself, whoever brought it there,
// reads a refresh token: not one that listens to all requests of the page, nor a service
// worker that handles them, nor one that asks the edge. With access_cookie it reads no
// token at all.
func TestNoScriptReadsRefreshToken(t *testing.T) {
	for _, wire := range wires[:2] {
		t.Run(wire.name, func(t *testing.T) {
			startEdge(t, wire.name, wire.lines)
			w := newWindow(t)
			p := w.open(api+"/spa/", testdata(t, "wiretap.js"))
			eval[bool](p, `
				await navigator.serviceWorker.register("/worker.js");
				await navigator.serviceWorker.ready;
				while (!navigator.serviceWorker.controller) await new Promise((resume) => setTimeout(resume, 20));
				return true;`)
			before := len(shared.witness.tokens())
			p.login(ann)
			known := append(shared.witness.tokens()[before:], w.refreshToken())
			want(t, "refresh", p.click("refresh"), renewed)
			known = append(known, w.refreshToken())
			p.reload()
			want(t, "after a reload", p.says(), loggedIn)
			known = append(known, w.refreshToken())
			want(t, "logout", p.click("logout"), loggedOut)
			p.login(ann)
			known = append(known, append(shared.witness.tokens()[before:], w.refreshToken())...)
			found := w.harvest(p)
			for _, token := range append(known, w.refreshToken()) {
				if token == "" {
					t.Fatal("a refresh token is missing in what is looked for")
				}
				if strings.Contains(found, token) || strings.Contains(found, token[strings.LastIndex(token, ".")+1:]) {
					t.Error("a script reads a refresh token")
				}
			}
			if token := refreshTokenIn(found); token != "" {
				t.Errorf("a script reads %s", token)
			}
			// The service worker and the caches have seen something, or this proved little.
			for _, seen := range []string{`"username":"ann"`, "/api/token/refresh/", "/api/me/"} {
				if !strings.Contains(found, seen) {
					t.Errorf("what a script reads lacks %s", seen)
				}
			}
			if reads := findJWT(found) != ""; reads != (wire.name == "refreshCookie") {
				t.Errorf("a script reads an access token: %t", reads)
			}
			want(t, "at last", p.click("whoami"), loggedIn)
		})
	}
}

// harvest returns all that a script of the page reads.
func (w *window) harvest(p *tab) string {
	p.t.Helper()
	return eval[string](p, `const EDGE = "`+api+`";`+testdata(p.t, "harvest.js"))
}

func testdata(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// refreshTokenIn returns the first refresh token in a text.
func refreshTokenIn(text string) string {
	for _, token := range jwt.FindAllString(text, -1) {
		payload, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[1])
		var claims struct {
			Type string `json:"token_type"`
		}
		if err == nil && json.Unmarshal(payload, &claims) == nil && claims.Type == "refresh" {
			return token
		}
	}
	return ""
}
