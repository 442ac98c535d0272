// SPDX-License-Identifier: Apache-2.0

package usercheck

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestParseTemplate(t *testing.T) {
	t.Setenv("TEST_BACKEND", "http://backend:8000/internal")
	t.Setenv("TEST_LINE", "https://backend/users/\n")
	for raw, want := range map[string]string{ // the URL for user 7, or a part of the error
		"https://backend.internal/users/{user_id}":       "https://backend.internal/users/7",
		"http://10.0.0.1:8000/users/{user_id}/":          "http://10.0.0.1:8000/users/7/",
		"http://[::1]:8000/{user_id}":                    "http://[::1]:8000/7",
		"http://backend/u-{user_id}.txt/state?from=edge": "http://backend/u-7.txt/state?from=edge",
		"http://backend/a%2Fb/{user_id}":                 "http://backend/a%2Fb/7",
		"{env.TEST_BACKEND}/users/{user_id}":             "http://backend:8000/internal/users/7",

		"":                                           "the URL needs {user_id} once",
		"https://backend/users/":                     "the URL needs {user_id} once",
		"https://backend/{user_id}/{user_id}":        "the URL needs {user_id} once",
		"https://backend/users?id={user_id}":         "in its query",
		"https://{user_id}/users":                    "no host of its own",
		"https://{user_id}.example/users":            "no host of its own",
		"https:///users/{user_id}":                   "no host of its own",
		"https://backend{user_id}":                   "no host of its own",
		"https://backend:{user_id}/":                 "not a URL",
		"https://backend/{user_id}#x":                "a fragment",
		"https://backend/#{user_id}":                 "a fragment",
		"https://edge:pass-word@backend/{user_id}":   "a user or a password",
		"https://edge@backend/{user_id}":             "a user or a password",
		"ftp://backend/{user_id}":                    "neither https:// nor http://",
		"/users/{user_id}":                           "neither https:// nor http://",
		"{user_id}":                                  "neither https:// nor http://",
		"https://backend/%{user_id}":                 "not a URL",
		"https://backend/%zz/{user_id}":              "not a URL",
		"https://back end/{user_id}":                 "not a URL",
		"https://backend/{env.TEST_UNSET}/{user_id}": "unknown or empty",
		"{env.TEST_UNSET}{user_id}":                  "{env.TEST_UNSET} is empty",
		"{env.TEST_LINE}{user_id}":                   "https://backend/users/7",
	} {
		template, err := parseTemplate(raw)
		got := ""
		if err == nil {
			got, err = template.fill("7")
		}
		switch {
		case err != nil && (!strings.Contains(err.Error(), want) || strings.HasPrefix(want, "http") && !strings.HasPrefix(want, "https:// ")):
			t.Errorf("%s: %v, want %s", raw, err, want)
		case err != nil && strings.Contains(err.Error(), "pass-word"):
			t.Errorf("%s: the error quotes the password: %v", raw, err)
		case err == nil && got != want:
			t.Errorf("%s is %s, want %s", raw, got, want)
		}
	}
}

// hostile are user ids that could lead a URL elsewhere.
var hostile = []string{
	"1", "anna@example.com", "a b", "a+b", "é", "日本", "a/b", "/", "//", "../admin", "..%2fadmin", "a/../b", "./a", "...", "a..b", ".a", "a.",
	"a?b", "?", "a#b", "#", "a%", "%2F", "%252F", "%2e%2e", "%", "%zz", ";x", "a;b=c", ",", "a=b&c=d", "http://evil.example/", "@evil.example", ":80", "\\", "..\\a",
	"\x00", "\n", "\r\nX-Evil: 1", "\x7f", "\xff\xfe", "{user_id}", "~", "'", `"`, "<script>", strings.Repeat("a", maxUserID),
}

// TestHostileIDs: each id arrives as one segment that decodes to the id, or is not sent.
func TestHostileIDs(t *testing.T) {
	arrives := arrival(t)
	for _, id := range hostile {
		arrives(t, id)
	}
	for id, want := range map[string]error{".": errDots, "..": errDots, strings.Repeat("a", maxUserID+1): errLong} {
		template, err := parseTemplate("http://backend/users/{user_id}/state")
		if err != nil {
			t.Fatal(err)
		}
		if got, err := template.fill(id); !errors.Is(err, want) || got != "" {
			t.Errorf("%.10q: %q, %v, want %v", id, got, err, want)
		}
	}
}

// TestDots: dots within a segment that has more lead nowhere.
func TestDots(t *testing.T) {
	for raw, wants := range map[string]map[string]bool{ // whether the id is sent
		"http://b/u-{user_id}":     {".": true, "..": true},
		"http://b/.{user_id}":      {".": false, "..": true},
		"http://b/%2e{user_id}?x=": {".": false, "..": true},
		"http://b/{user_id}.":      {".": false, "..": true, "a": true},
		"http://b/{user_id}%2E/x":  {".": false},
		"http://b/{user_id}?.":     {".": false, "..": false},
	} {
		template, err := parseTemplate(raw)
		if err != nil {
			t.Fatal(err)
		}
		for id, want := range wants {
			if got, err := template.fill(id); want != (err == nil) {
				t.Errorf("%s for %s: %q, %v", raw, id, got, err)
			}
		}
	}
}

// TestAnyIDArrives draws ids.
func TestAnyIDArrives(t *testing.T) {
	arrives := arrival(t)
	rapid.Check(t, func(t *rapid.T) {
		id := rapid.OneOf(
			rapid.StringN(1, 40, -1),
			rapid.Map(rapid.SliceOfN(rapid.Byte(), 1, 40), func(b []byte) string { return string(b) }),
			rapid.StringMatching(`[./%?#;:@\\2eEfF]{1,12}`),
		).Draw(t, "id")
		if id == "." || id == ".." {
			return
		}
		arrives(t, id)
	})
}

// arrival returns a check that asks a real server about an id, and looks what arrives
// at a route of net/http.
func arrival(t *testing.T) func(t rapid.TB, id string) {
	t.Helper()
	var got []string
	mux := http.NewServeMux()
	mux.HandleFunc("GET /internal/users/{id}/state", func(w http.ResponseWriter, r *http.Request) {
		got = append(got, r.PathValue("id"))
		w.WriteHeader(http.StatusNoContent)
	})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// ServeMux takes a segment that is nothing but an escaped slash for a slash at the end.
		if r.URL.EscapedPath() == "/internal/users/%2F/state" {
			got = append(got, "/")
			return
		}
		if r.Host != r.Context().Value(http.LocalAddrContextKey).(interface{ String() string }).String() || r.URL.RawQuery != "from=edge" || r.Header.Get("X-Evil") != "" {
			http.Error(w, "another request", http.StatusTeapot)
			return
		}
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	c := newChecker(t, &Settings{URL: server.URL + "/internal/users/{user_id}/state?from=edge"})
	return func(t rapid.TB, id string) {
		got = nil
		if active, err := c.Check(context.Background(), id); !active || err != nil || len(got) != 1 || got[0] != id {
			t.Errorf("%q: %v, %v, and %q arrived", id, active, err, got)
		}
	}
}
