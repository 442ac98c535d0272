// SPDX-License-Identifier: Apache-2.0

package login

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"
)

func isRefreshText(token []byte) bool { return string(token) == refresh }

// TestFind: a token is found wherever it stands and however it is spelled.
func TestFind(t *testing.T) {
	quoted, _ := json.Marshal(`{"refresh":"` + refresh + `"}`)
	everyByte := func(format string) string {
		var b strings.Builder
		for _, c := range []byte(refresh) {
			fmt.Fprintf(&b, format, c)
		}
		return b.String()
	}
	for name, text := range map[string]string{
		"alone":                       refresh,
		"JSON":                        `{"a":["` + refresh + `"]}`,
		"JSON in JSON":                string(quoted),
		"form":                        "a=b&refresh=" + refresh + "&c=d",
		"header":                      "Bearer " + refresh + ", Basic x",
		"behind a newline":            refresh + "\n",
		"behind an escape":            `"\n` + refresh + `\n"`,
		"behind another word":         "session_" + refresh,
		"behind another token":        stranger + "." + refresh,
		"behind dots":                 "a.b..c." + refresh + ".",
		"before another segment":      refresh + ".eyJ.eyJ",
		"before another word":         refresh + "_x",
		"before a long word":          refresh + strings.Repeat("x", 1000),
		"between words":               "x-" + refresh + "-x.y",
		"behind a long word":          strings.Repeat("eyJ", 1000) + refresh,
		"percent":                     "?t=" + everyByte("%%%02x") + "&x",
		"percent, upper case":         everyByte("%%%02X"),
		"percent, twice":              everyByte("%%25%02x"),
		"percent, many times":         everyByte("%%25252525%02x"),
		"url.QueryEscape twice":       url.QueryEscape(url.QueryEscape("&r=" + refresh + "&")),
		"JSON's escapes":              everyByte(`\u%04x`),
		"JSON's escapes in JSON":      everyByte(`\\u%04X`),
		"escapes of JavaScript":       everyByte(`\x%02x`),
		"one byte escaped":            strings.Replace(refresh, ".", "%2e", 1),
		"escapes of two kinds":        strings.Replace(strings.Replace(refresh, ".", "%2e", 1), ".", `\u002e`, 1),
		"before an escaped letter":    refresh + "%41",
		"UTF-16":                      everyByte("%c\x00"),
		"UTF-16, big end first":       everyByte("\x00%c"),
		"UTF-32":                      everyByte("%c\x00\x00\x00"),
		"behind a broken escape":      `%zz%\q%2` + "\\" + strings.ReplaceAll(refresh, ".", "%2e"),
		"behind an odd run of 25":     "%2525 " + strings.ReplaceAll(refresh, ".", "%2e"),
		"the end is a broken escape":  strings.ReplaceAll(refresh, ".", "%2e") + `%`,
		"the end is a broken \\u":     strings.ReplaceAll(refresh, ".", "%2e") + `\u0`,
		"the end is a broken percent": strings.ReplaceAll(refresh, ".", "%2e") + `%252`,
	} {
		if !find([]byte(text), isRefreshText) {
			t.Errorf("%s: it was not found", name)
		}
	}
	for name, text := range map[string]string{
		"nothing":         "",
		"another":         stranger,
		"two segments":    refresh[:strings.LastIndex(refresh, ".")],
		"cut in the end":  refresh[:len(refresh)-1],
		"cut in front":    refresh[1:],
		"with a space":    strings.Replace(refresh, ".", " .", 1),
		"empty segments":  "eyJ..eyJ",
		"a host's name":   "www.example.com",
		"dots":            "....",
		"broken escapes":  `%%%\\\\u\x%2%25`,
		"escaped letters": "%65%79%4a",
	} {
		if find([]byte(text), isRefreshText) {
			t.Errorf("%s: something was found", name)
		}
	}
}

// TestFindTakesLinearTime: a text that is all beginnings of tokens is no way to keep the
// edge busy. Four times the text takes four times the work, not sixteen times.
func TestFindTakesLinearTime(t *testing.T) {
	for name, pattern := range map[string]string{
		"headers":      "eyJ",
		"segments":     "eyJ.",
		"long headers": strings.Repeat("eyJ", 170) + ".",
		"percent":      "%25",
		"digits":       "%" + strings.Repeat("25", 100),
		"backslashes":  `\`,
		"escapes":      `\u0065`,
		"dots":         ".",
	} {
		work := func(n int) (asked int) {
			text := append(bytes.Repeat([]byte(pattern), n/len(pattern)), ".eyJ.eyJ"...)
			find(text, func(token []byte) bool {
				asked += len(token)
				return false
			})
			return asked
		}
		if small, large := work(1<<14), work(1<<16); large > 5*small+1<<20 {
			t.Errorf("%s: %d bytes of candidates in 16 KiB, %d in 64 KiB", name, small, large)
		}
		began := time.Now()
		work(1 << 20)
		if took := time.Since(began); took > time.Minute {
			t.Errorf("%s: a MiB takes %s", name, took)
		}
	}
}

// FuzzFind: whatever stands around a token, and however each of its bytes is spelled, it
// is found.
func FuzzFind(f *testing.F) {
	f.Add(`{"refresh":`, `}`, []byte{0})
	f.Add("%25", "%2", []byte{0, 1, 2, 3, 4, 5})
	f.Add(`\`, `\u00`, []byte{3})
	f.Add("eyJ.eyJ", ".eyJ", []byte{5, 0})
	f.Add("%u00", "25", []byte{2, 1})
	spellings := []string{"%c", "%%%02x", "%%25%02X", `\u%04x`, `\\u%04X`, `\x%02x`, "%c\x00"}
	f.Fuzz(func(t *testing.T, before, after string, spelling []byte) {
		if len(spelling) == 0 {
			spelling = []byte{0}
		}
		var b strings.Builder
		for i, c := range []byte(refresh) {
			fmt.Fprintf(&b, spellings[int(spelling[i%len(spelling)])%len(spellings)], c)
		}
		text := before + `"` + b.String() + `"` + after
		if !find([]byte(text), isRefreshText) {
			t.Errorf("it was not found in %q", text)
		}
		if plain := unescape([]byte(text)); len(plain) > len(text) {
			t.Errorf("%d bytes became %d", len(text), len(plain))
		}
	})
}
