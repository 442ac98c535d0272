// SPDX-License-Identifier: Apache-2.0

package login

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

// FuzzServe: no refresh token of ours is in what a script can read of an answer, whatever
// the backend sends; and what has none is not changed. $ in a body or a header stands for
// the token.
func FuzzServe(f *testing.F) {
	f.Add(200, "application/json", `{"refresh":"$","access":"x"}`, "")
	f.Add(201, "a/b+json;x", `{"a":[{"refresh":"$"}],"refresh":"$"}`, "")
	f.Add(200, "application/json", `{"refresh":"$","\u0072efresh":"y"}`, "")
	f.Add(200, "application/json", `{"refresh":"x","refresh":"$"}{}`, "")
	f.Add(200, "text/html", `<a href="?t=$">`, "")
	f.Add(302, "", "", "/#$")
	f.Add(401, "application/json", `{"refresh":"x"}`, "x")
	f.Add(100, "application/json", `{"refresh":"$"}`, "$")
	f.Add(204, "", "", "")
	f.Fuzz(func(t *testing.T, status int, contentType, body, location string) {
		if status < 100 || status > 999 {
			return
		}
		insert := strings.NewReplacer("$", refresh)
		body, location = insert.Replace(body), insert.Replace(location)
		answer := answering(status, body, "Content-Type", contentType, "Location", location)
		w, outcome, cause, err := capture(usual, new(site), answer)
		if err != nil && outcome != Passed {
			t.Fatalf("outcome %d, error %v", outcome, err)
		}
		given := w.Body.String()
		if outcome == Withheld && (given != "" || len(w.Header()) != 1 || cause == nil || strings.Contains(cause.Error(), "eyJ")) {
			t.Fatalf("%q %v: %v", given, w.Header(), cause)
		}
		if status < http.StatusBadRequest && readable(given) || readable(w.Header().Get("Location")) || readable(w.Header().Get("Content-Type")) {
			t.Fatalf("a script can read the token: %d %q %v", w.Code, given, w.Header())
		}
		inside := readable(body) || readable(location) || readable(contentType)
		if !inside && outcome != Withheld && given != body {
			t.Fatalf("%q became %q", body, given)
		}
		if outcome == Captured && !strings.Contains(body, refresh) && !readable(body) {
			t.Fatalf("a token was taken out of %q", body)
		}
	})
}

// readable reports whether text has the token, or a text of it in JSON.
func readable(text string) bool {
	if strings.Contains(text, refresh) {
		return true
	}
	decoder := json.NewDecoder(strings.NewReader(text))
	for {
		token, err := decoder.Token()
		if err != nil {
			return false
		}
		if s, ok := token.(string); ok && strings.Contains(s, refresh) {
			return true
		}
	}
}
