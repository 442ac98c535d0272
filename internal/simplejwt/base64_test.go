// SPDX-License-Identifier: Apache-2.0

package simplejwt

import (
	"bytes"
	"encoding/base64"
	"strings"
	"testing"
)

// TestBase64 guards the places where the fast loops hand over to encoding/base64:
// every length, and every character that is not in the alphabet at every place.
func TestBase64(t *testing.T) {
	data := make([]byte, 64)
	for i := range data {
		data[i] = byte(255 - 37*i)
	}
	for size := range len(data) + 1 {
		want := base64.RawURLEncoding.EncodeToString(data[:size])
		if got := string(appendEncoded([]byte("x"), data[:size])); got != "x"+want {
			t.Errorf("%d bytes are encoded as %s, want x%s", size, got, want)
		}
		got, ok := appendDecoded([]byte("x"), []byte(want))
		if !ok || !bytes.Equal(got[1:], data[:size]) || got[0] != 'x' {
			t.Errorf("%s is decoded as %q, %v", want, got, ok)
		}
	}
	segment := base64.RawURLEncoding.EncodeToString(data[:32])
	for i := range len(segment) {
		for c := range 256 {
			faulty := []byte(segment)
			faulty[i] = byte(c)
			_, ok := appendDecoded(nil, faulty)
			canonical := i < len(segment)-1 || strings.IndexByte(alphabet, byte(c))%4 == 0
			if want := strings.IndexByte(alphabet, byte(c)) >= 0 && canonical; ok != want {
				t.Errorf("%q is decoded: %v, want %v", faulty, ok, want)
			}
		}
	}
}

// TestLineBreaks: encoding/base64 skips line breaks, and RFC 7515 does not, wherever
// they stand and however many there are.
func TestLineBreaks(t *testing.T) {
	for size := range 20 {
		segment := strings.Repeat("A", size)
		for i := range size + 1 {
			for _, breaks := range []string{"\n", "\r", "\r\n", "\n\n\n\n"} {
				broken := segment[:i] + breaks + segment[i:]
				if _, ok := appendDecoded(nil, []byte(broken)); ok {
					t.Errorf("%q was decoded", broken)
				}
			}
		}
	}
}

// FuzzBase64 holds both directions against encoding/base64.
func FuzzBase64(f *testing.F) {
	for _, seed := range []string{"", "A", "AA", "AB", "AAAA\n", "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9", "____________-", "AAAAAAAA=", "AAAAAAA+"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if got, want := string(appendEncoded(nil, data)), b64.EncodeToString(data); got != want {
			t.Fatalf("%q is encoded as %s, want %s", data, got, want)
		}
		want, err := b64.DecodeString(string(data))
		got, ok := appendDecoded(nil, data)
		if ok != (err == nil && !bytes.ContainsAny(data, "\r\n")) || ok && !bytes.Equal(got, want) {
			t.Fatalf("%q is decoded as %q, %v, want %q, %v", data, got, ok, want, err)
		}
	})
}
