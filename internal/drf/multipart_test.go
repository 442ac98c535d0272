// SPDX-License-Identifier: Apache-2.0

package drf

import (
	"strconv"
	"strings"
	"testing"
)

// TestBoundary: Django accepts 1 to 201 printable ASCII characters, the last of which is
// no space.
func TestBoundary(t *testing.T) {
	for boundary, ok := range map[string]bool{
		"b": true, "~": true, "!": true, "a b": true, strings.Repeat("b", 201): true,
		"": false, "b ": false, "a\x1fb": false, "a\x7fb": false, strings.Repeat("b", 202): false,
	} {
		var c content
		if refusal := c.read(`multipart/form-data; boundary="`+boundary+`"`, inTime); refusal != nil {
			t.Fatal(refusal)
		}
		got, fault := boundaryOf(&c)
		if (fault == "") != ok || ok && got != boundary {
			t.Errorf("%q: %q, %q", boundary, got, fault)
		}
	}
}

// TestFiles: as many files as Django accepts, and not one more.
func TestFiles(t *testing.T) {
	for files, want := range map[int]string{100: "", 101: "The number of files exceeds the limit of 100."} {
		var body strings.Builder
		for i := range files {
			body.WriteString("--b\r\nContent-Disposition: form-data; name=f; filename=" + strconv.Itoa(i) + "\r\n\r\nx\r\n")
		}
		body.WriteString("--b\r\nContent-Disposition: form-data; name=refresh\r\n\r\ntoken\r\n--b--\r\n")
		r := request(strings.NewReader(body.String()), int64(body.Len()), "Content-Type", "multipart/form-data; boundary=b")
		value, err := new(Scratch).BodyField(r, inTime, "refresh", 1<<20)
		switch {
		case want == "" && (err != nil || string(value) != "token"):
			t.Errorf("%d files: %q, %v", files, value, err)
		case want != "" && !strings.Contains(answerOf(t, err), want):
			t.Errorf("%d files: %v", files, err)
		}
	}
}
