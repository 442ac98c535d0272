// SPDX-License-Identifier: Apache-2.0

package store

import (
	"errors"
	"strings"
	"testing"
)

// TestSuccessor holds the derivation to vectors computed with Python's hashlib:
// every edge, of every version, must agree on them for as long as v1 lives.
func TestSuccessor(t *testing.T) {
	for _, tc := range []struct{ jti, slot, want, then string }{
		{"0123456789abcdef0123456789abcdef", "0123", "01232ea07e984b47a1f704a4f0098deb", "01230bbe56a233bfcb0279c1d5c293f5"},
		{"a", "ca97", "ca97d0cce1b68ce892fa8ac858f9ac9a", "ca9777e85a12364681142c6819b44d47"},
		{"abc", "ba78", "ba78dc7aa8d593241fb9df5379e27e96", "ba7870637f77a74edc4b0c2effc08b0a"},
		{"abcd", "abcd", "abcd3fb11fbd356a7a27cca80195cfb0", "abcdb7eb3c3c831154866194274ab890"},
		{"ABCD1234", "1635", "163555d3a6181d7034117eb63059b5fd", "1635bcb0761d62e4ac9061435887923e"},
		{"abcg", "66e7", "66e71b76591fc3a10477b84ad322cac8", "66e7f549b1090d359a6d71630892f36e"},
		{"é{}\r\n ", "7b26", "7b26026aff7b80d6535eada3fb069b94", "7b26957076a183ae726599deff3f6e12"},
		{"\xff\xfe", "b3d5", "b3d566e14788908d66e298c8634b773c", "b3d5f8471eeb1ce687480e84434df695"},
		{strings.Repeat("x", 255), "d226", "d226287f6abe5bff3e6f7c70df2275a4", "d226ace071b5c5419aee2f3d0ca4f282"},
		{strings.Repeat("0", 255), "0000", "00006c89b25436b4294844bd4c43a6a3", "00008ac7921cbb0f8da12673a72a5627"},
	} {
		got := Successor(tc.jti)
		if got != tc.want {
			t.Errorf("Successor(%q) = %q, want %q", tc.jti, got, tc.want)
		}
		if then := Successor(got); then != tc.then {
			t.Errorf("Successor(Successor(%q)) = %q, want %q", tc.jti, then, tc.then)
		}
		if slot := Slot(tc.jti); slot != tc.slot || Slot(got) != tc.slot {
			t.Errorf("Slot(%q) = %q, Slot of its successor %q, want %q", tc.jti, slot, Slot(got), tc.slot)
		}
	}
}

// TestSuccessorAllocates guards the hot path: one string and nothing else.
func TestSuccessorAllocates(t *testing.T) {
	jti := strings.Repeat("0a", 16)
	if n := testing.AllocsPerRun(100, func() { jti = Successor(jti) }); n > 1 {
		t.Errorf("Successor allocates %v times, want once", n)
	}
}

func TestValidJTI(t *testing.T) {
	for _, tc := range []struct {
		jti  string
		want error
	}{
		{"", ErrInvalidJTI},
		{"a\x00b", ErrInvalidJTI},
		{strings.Repeat("x", 256), ErrInvalidJTI},
		{strings.Repeat("x", 255), nil},
		{"{}\r\n \xff", nil},
	} {
		if got := ValidJTI(tc.jti); !errors.Is(got, tc.want) {
			t.Errorf("ValidJTI(%.20q) = %v, want %v", tc.jti, got, tc.want)
		}
	}
}
