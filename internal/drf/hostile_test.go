// SPDX-License-Identifier: Apache-2.0

package drf

import (
	"bytes"
	"compress/gzip"
	"runtime"
	"strings"
	"testing"
)

// What attackers put into bodies. Where Django has an answer, ours is the same.
func TestHostileBodies(t *testing.T) {
	var bomb bytes.Buffer
	zip := gzip.NewWriter(&bomb)
	if _, err := zip.Write(bytes.Repeat([]byte(" "), 10<<20)); err != nil || zip.Close() != nil {
		t.Fatal(err)
	}
	const js = "application/json"
	notString := `400 {"refresh":["Not a valid string."]}`
	for _, tt := range []struct{ name, contentType, body, want string }{
		{"duplicate member, last wins", js, `{"refresh":"good","refresh":""}`, `400 {"refresh":["This field may not be blank."]}`},
		{"duplicate by escape", js, `{"refresh":"good","\u0072efresh":[]}`, notString},
		{"case variant", js, `{"Refresh":"a","REFRESH":"b"}`, `400 {"refresh":["This field is required."]}`},
		{"array", js, `["a"]`, `400 {"non_field_errors":["Invalid data. Expected a dictionary, but got list."]}`},
		{"object as value", js, `{"refresh":{"$ne":1}}`, notString},
		{"array as value", js, `{"refresh":["a"]}`, notString},
		{"true as value", js, `{"refresh":true}`, notString},
		{"two documents", js, `{"refresh":"a"}{"refresh":"b"}`, `400 {"detail":"JSON parse error - Extra data: line 1 column 16 (char 15)"}`},
		{"byte order mark", js, "\uFEFF{}", `400 {"detail":"JSON parse error - Unexpected UTF-8 BOM (decode using utf-8-sig): line 1 column 1 (char 0)"}`},
		{"overlong", js, "{\"refresh\":\"\xc0\xae\"}", `400 {"detail":"JSON parse error - 'utf-8' codec can't decode byte 0xc0 in position 12: invalid start byte"}`},
		{"surrogate and NUL", js, `{"refresh":"a\u0000\udc00"}`, `400 {"refresh":["Null characters are not allowed.","Surrogate characters are not allowed: U+DC00."]}`},
		{"nesting in another member", js, `{"x":` + strings.Repeat(`{"a":[`, 20000), `400 {"detail":"JSON parse error - Nesting deeper than 900 levels: line 1 column 2705 (char 2704)"}`},
		{"huge integer", js, `{"refresh":` + strings.Repeat("9", 60000) + `}`, `400 {"detail":"JSON parse error - Exceeds the limit (4300 digits) for integer string conversion: value has 60000 digits; use sys.set_int_max_str_digits() to increase the limit"}`},
		{"utf-7", js + "; charset=utf-7", `+AHsAIg-refresh+ACI:`, `400 {"detail":"JSON parse error - Expecting value: line 1 column 1 (char 0)"}`},
		// Python decodes these codecs; here they are unknown and nothing is unpacked.
		{"zlib as charset", js + "; charset=zlib", `x`, `400 {"detail":"JSON parse error - Expecting value: line 1 column 1 (char 0)"}`},
		{"charset of a megabyte", js + "; charset=" + strings.Repeat("a", 1<<20), `[]`, `400 {"non_field_errors":["Invalid data. Expected a dictionary, but got list."]}`},
		{"gzip bomb", js, bomb.String(), `400 {"detail":"JSON parse error - 'utf-8' codec can't decode byte 0x8b in position 1: invalid start byte"}`},
		{"form fields", "application/x-www-form-urlencoded", strings.Repeat("&", 5000), `400 {"detail":"The number of GET/POST parameters exceeds the limit of 1000."}`},
		{"multipart parts", "multipart/form-data; boundary=b", strings.Repeat("--b", 1002), `400 {"refresh":["This field is required."]}`},
		{"multipart fields", "multipart/form-data; boundary=b", strings.Repeat("--b\r\nContent-Disposition: form-data; name=a\r\n\r\nx\r\n", 1002), `400 {"detail":"The number of GET/POST parameters exceeds the limit of 1000."}`},
		{"multipart files", "multipart/form-data; boundary=b", strings.Repeat("--b\r\nContent-Disposition: form-data; name=a; filename=f\r\n\r\nx\r\n", 101), `400 {"detail":"The number of files exceeds the limit of 100."}`},
		{"quotes without end", `multipart/form-data; boundary="` + strings.Repeat(`\";`, 1000), "x", `400 {"detail":"Multipart form parse error - Invalid boundary in multipart: \"` + strings.Repeat(`\\\";`, 1000) + `"}`},
	} {
		var s Scratch
		r := request(strings.NewReader(tt.body), int64(len(tt.body)), "Content-Type", tt.contentType, "Content-Encoding", "gzip")
		_, _, err := s.Read(r, "refresh", 1<<20)
		if got := answerOf(t, err); got != tt.want {
			t.Errorf("%s:\n got %.300s\nwant %.300s", tt.name, got, tt.want)
		}
	}
}

// Reading any body allocates at most a small multiple of the limit.
func TestMemoryIsBounded(t *testing.T) {
	const limit = 64 << 10
	fill := func(s string) string { return strings.Repeat(s, limit/len(s)) }
	for name, r := range map[string]struct{ contentType, body string }{
		"members":   {"application/json", fill(`{"a":1,`)},
		"nesting":   {"application/json", fill(`[`)},
		"escapes":   {"application/json", `{"refresh":"` + fill(`\ud800`)[:limit-100] + `"}`},
		"latin-1":   {"application/json; charset=latin-1", fill("\xff")},
		"utf-16":    {"application/json; charset=utf-16-le", fill("\x00\x08")},
		"form":      {"application/x-www-form-urlencoded", "refresh=" + fill("%ff")[:limit-100]},
		"fields":    {"application/x-www-form-urlencoded", fill("a&")},
		"multipart": {"multipart/form-data; boundary=b", fill("--b")},
		"base64":    {"multipart/form-data; boundary=b", "--b\r\nContent-Disposition: x; name=refresh\r\nContent-Transfer-Encoding: base64\r\n\r\n" + fill("/")[:limit-200]},
		"too long":  {"application/json", fill(`{"a":1,`) + fill("x")},
	} {
		var before, after runtime.MemStats
		var s Scratch
		req := request(strings.NewReader(r.body), -1, "Content-Type", r.contentType)
		runtime.ReadMemStats(&before)
		value, _, err := s.Read(req, "refresh", limit)
		runtime.ReadMemStats(&after)
		if err == nil && len(value) == 0 {
			t.Errorf("%s: nothing and no error", name)
		}
		if n := after.TotalAlloc - before.TotalAlloc; n > 16*limit {
			t.Errorf("%s: %d bytes allocated for a limit of %d", name, n, limit)
		}
	}
}
