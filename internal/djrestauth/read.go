// SPDX-License-Identifier: Apache-2.0

// Package djrestauth reads and writes cookies and times as dj-rest-auth's refresh view
// does (dj_rest_auth/jwt_auth.py), which leaves both to Django. It knows nothing of
// tokens.
package djrestauth

import (
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/caddyrefresh/caddyrefresh/internal/pyjson"
)

// Read returns the value of the cookie of that name as Django reads it
// (django/http/cookie.py, parse_cookie): the last one counts, white space of Unicode
// around it does not, and quotes are undone. lines are the Cookie headers, which
// gunicorn joins with commas. The value is no token where the bytes are no UTF-8.
func Read(lines []string, name string) (value string, found bool) {
	for chunk := range strings.SplitSeq(strings.Join(lines, ","), ";") {
		key, v, hasName := strings.Cut(chunk, "=")
		if !hasName {
			key, v = "", chunk
		}
		key, v = strings.TrimFunc(key, pyjson.IsSpace), strings.TrimFunc(v, pyjson.IsSpace)
		if key == name && (key != "" || v != "") {
			value, found = unquote(v), true
		}
	}
	return value, found
}

// quoted finds what http.cookies._unquote undoes.
var quoted = regexp.MustCompile(`\\(?:[0-3][0-7][0-7]|.)`)

func unquote(s string) string {
	if len(s) < 2 || s[0] != '"' || s[len(s)-1] != '"' {
		return s
	}
	return quoted.ReplaceAllStringFunc(s[1:len(s)-1], func(q string) string {
		if code, err := strconv.ParseUint(q[1:], 8, 8); err == nil && len(q) == 4 {
			return string(utf8.AppendRune(nil, rune(code)))
		}
		return q[1:]
	})
}
