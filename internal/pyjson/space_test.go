// SPDX-License-Identifier: Apache-2.0

package pyjson

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// TestIsSpace: the set is exactly that of str.isspace in Python 3.11.
func TestIsSpace(t *testing.T) {
	const spaces = "\t\n\v\f\r\x1c\x1d\x1e\x1f \u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005" +
		"\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
	for r := range rune(utf8.MaxRune + 1) {
		if got, want := IsSpace(r), utf8.ValidRune(r) && strings.ContainsRune(spaces, r); got != want {
			t.Errorf("%U: %v, want %v", r, got, want)
		}
	}
}
