// SPDX-License-Identifier: Apache-2.0

package cookie

import (
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/caddyrefresh/caddyrefresh/internal/pyjson"
)

// header is where a request has its cookies.
const header = "Cookie"

// Read returns the value of the cookie of that name, as it was sent, and how many of
// that name there are. Where there are two, one was put there by somebody else
// (cookie tossing), and nobody can tell which.
func Read(h http.Header, name string) (value string, count int) {
	for _, line := range h[header] {
		if !strings.Contains(line, name) {
			continue
		}
		for pair := range strings.SplitSeq(line, ";") {
			n, v, _ := strings.Cut(pair, "=")
			if strings.Trim(n, " \t") == name {
				value, count = strings.Trim(v, " \t"), count+1
			}
		}
	}
	return value, count
}

// Has reports whether a request has anything that [Cut] would cut out. It is for the
// many requests that have not.
func Has(h http.Header, names []string) bool {
	for _, line := range h[header] {
		for _, name := range names {
			if strings.Contains(line, name) && len(cut(line, names)) < len(line) {
				return true
			}
		}
	}
	return false
}

// Cut takes the cookies of those names out of the header. The others keep their bytes.
// The lines are replaced and not written to, so that another copy of the header
// keeps them.
func Cut(h http.Header, names []string) {
	var left []string
	for _, line := range h[header] {
		if line = cut(line, names); line != "" {
			left = append(left, line)
		}
	}
	if len(left) == 0 {
		delete(h, header)
		return
	}
	h[header] = left
}

func cut(line string, names []string) string {
	var b strings.Builder
	for pair := range strings.SplitSeq(line, ";") {
		name, _, _ := strings.Cut(pair, "=")
		if slices.Contains(names, trim(name)) {
			continue
		}
		if b.Len() == 0 {
			pair = strings.TrimLeft(pair, " ")
		} else {
			b.WriteByte(';')
		}
		b.WriteString(pair)
	}
	return b.String()
}

// trim takes off what a backend takes off a cookie's name. Python's str.strip, which
// Django uses, takes off every white space that Unicode has. Browsers know none but
// spaces and tabs, and let any site that shares the domain set a cookie whose name has
// __Host- behind such a space.
func trim(name string) string {
	for name != "" {
		r, size := utf8.DecodeRuneInString(name)
		if !isSpace(r, name[0]) {
			break
		}
		name = name[size:]
	}
	for name != "" {
		r, size := utf8.DecodeLastRuneInString(name)
		if !isSpace(r, name[len(name)-1]) {
			break
		}
		name = name[:len(name)-size]
	}
	return name
}

// isSpace judges a byte that is no UTF-8 by Latin-1, as other backends read it.
func isSpace(r rune, b byte) bool {
	if r == utf8.RuneError {
		r = rune(b)
	}
	return pyjson.IsSpace(r)
}
