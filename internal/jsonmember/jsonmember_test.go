// SPDX-License-Identifier: Apache-2.0

package jsonmember

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestTake(t *testing.T) {
	top := []Path{{"refresh"}, {"access"}}
	nested := []Path{{"data", "tokens", "refresh"}, {"data", "tokens", "access"}}
	for _, tt := range []struct {
		document        string
		paths           []Path
		refresh, access string // - for none
		rest            string
	}{
		{`{"refresh":"r","access":"a"}`, top, "r", "a", `{}`},
		{`{"access":"a","refresh":"r"}`, top, "r", "a", `{}`},
		{`{"refresh":"r","access":"a"}`, top[:1], "r", "", `{"access":"a"}`},
		{`{"access":"a","refresh":"r"}`, top[:1], "r", "", `{"access":"a"}`},
		{`{"refresh":"r","access":"a","user":{"id":7}}`, top, "r", "a", `{"user":{"id":7}}`},
		{`{"user":1,"refresh":"r","access":"a"}`, top, "r", "a", `{"user":1}`},
		{`{"user":1,"refresh":"r","x":[1, 2],"access":"a","y":null}`, top, "r", "a", `{"user":1,"x":[1, 2],"y":null}`},
		{"{ \"refresh\" : \"r\" ,\n \"access\" : \"a\" ,\n \"x\" : 1.50 }\n", top, "r", "a", "{ \"x\" : 1.50 }\n"},
		{"{ \"x\" : 1 ,\n \"refresh\" : \"r\" }", top, "r", "-", "{ \"x\" : 1  }"},
		{`{"detail":"otp"}`, top, "-", "-", `{"detail":"otp"}`},
		{`{}`, top, "-", "-", `{}`},
		{`[]`, top, "-", "-", `[]`},
		{`"refresh"`, top, "-", "-", `"refresh"`},
		{`[{"refresh":"r"}]`, top, "-", "-", `[{"refresh":"r"}]`},
		{`{"data":{"refresh":"r"}}`, top, "-", "-", `{"data":{"refresh":"r"}}`},
		{`{"refresh":null,"access":7}`, top, "-", "-", `{}`},
		{`{"refresh":{"token":"r"}}`, top, "-", "-", `{}`},
		{`{"refresh":"r1","x":1,"refresh":"r2"}`, top, "r2", "-", `{"x":1}`},
		{`{"refresh":"r","refresh":null}`, top, "-", "-", `{}`},
		{`{"\u0072efresh":"r\u002e"}`, top, "r.", "-", `{}`},
		{`{"Refresh":"r"}`, top, "-", "-", `{"Refresh":"r"}`},
		{`{"data":{"tokens":{"refresh":"r","access":"a"}},"ok":true}`, nested, "r", "a", `{"data":{"tokens":{}},"ok":true}`},
		{
			`{"data":{"x":[{"tokens":{"refresh":"no"}}],"tokens":{"n":1,"access":"a","refresh":"r"}}}`, nested, "r", "a",
			`{"data":{"x":[{"tokens":{"refresh":"no"}}],"tokens":{"n":1}}}`,
		},
		{`{"data":[{"tokens":{"refresh":"r"}}]}`, nested, "-", "-", `{"data":[{"tokens":{"refresh":"r"}}]}`},
		{`{"data":{"tokens":{"refresh":"r1"}},"data":{"tokens":{"refresh":"r2"}}}`, nested, "r2", "-", `{"data":{"tokens":{}},"data":{"tokens":{}}}`},
	} {
		texts, rest, err := Take([]byte(tt.document), tt.paths)
		if err != nil {
			t.Errorf("%s: %v", tt.document, err)
			continue
		}
		for i, want := range []string{tt.refresh, tt.access}[:len(tt.paths)] {
			got := "-"
			if texts[i] != nil {
				got = *texts[i]
			}
			if got != want {
				t.Errorf("%s: %v is %s, want %s", tt.document, tt.paths[i], got, want)
			}
		}
		if string(rest) != tt.rest {
			t.Errorf("%s:\nleft %s\nwant %s", tt.document, rest, tt.rest)
		}
	}
}

func TestNotJSON(t *testing.T) {
	deep := strings.Repeat(`{"a":`, maxDepth+1) + "1" + strings.Repeat("}", maxDepth+1)
	for _, document := range []string{
		``, ` `, `{`, `{"refresh"`, `{"refresh":`, `{"refresh":"r"`, `{"refresh":"r",}`, `{"refresh":"r"} x`, `{"refresh":"r"}{}`,
		`{'refresh':'r'}`, `<html>`, `{"refresh":NaN}`, `{"a":[1,]}`, `{"refresh":"r"]`, deep, strings.Repeat("[", 1<<16),
	} {
		if _, _, err := Take([]byte(document), []Path{{"refresh"}}); !errors.Is(err, ErrNotJSON) {
			t.Errorf("%.40s: %v", document, err)
		}
	}
}

// TestTakeIsDelete: what is left is what a decoder sees after the members were deleted.
func TestTakeIsDelete(t *testing.T) {
	names := rapid.SampledFrom([]string{"a", "b", "refresh", "access", "data"})
	var value func(depth int) *rapid.Generator[any]
	value = func(depth int) *rapid.Generator[any] {
		leaf := rapid.OneOf(rapid.Just(any("text")), rapid.Just(any(1.5)), rapid.Just(any(nil)))
		if depth == 0 {
			return leaf
		}
		below := rapid.Deferred(func() *rapid.Generator[any] { return value(depth - 1) })
		return rapid.OneOf(leaf,
			rapid.Map(rapid.MapOfN(names, below, 0, 4), func(m map[string]any) any { return m }),
			rapid.Map(rapid.SliceOfN(below, 0, 3), func(s []any) any { return s }))
	}
	rapid.Check(t, func(t *rapid.T) {
		document := value(3).Draw(t, "document")
		written, _ := json.MarshalIndent(document, "", rapid.SampledFrom([]string{"", " ", "\t"}).Draw(t, "indent"))
		_, rest, err := Take(written, []Path{{"refresh"}, {"data", "access"}})
		if err != nil {
			t.Fatal(err)
		}
		if object, ok := document.(map[string]any); ok {
			delete(object, "refresh")
			if data, ok := object["data"].(map[string]any); ok {
				delete(data, "access")
			}
		}
		var got any
		if err := json.Unmarshal(rest, &got); err != nil {
			t.Fatalf("left %s of %s: %v", rest, written, err)
		}
		if diff := cmp.Diff(document, got); diff != "" {
			t.Fatalf("left %s of %s:\n%s", rest, written, diff)
		}
	})
}

// FuzzTake: what is left of a document is one, and has none of the members.
func FuzzTake(f *testing.F) {
	f.Add(`{"refresh":"r","x":{"refresh":1},"refresh":2}`)
	f.Add(`[{}, {"a":[]}]`)
	f.Fuzz(func(t *testing.T, document string) {
		_, rest, err := Take([]byte(document), []Path{{"refresh"}})
		if err != nil {
			return
		}
		again, same, err := Take(rest, []Path{{"refresh"}})
		if err != nil || again[0] != nil || string(same) != string(rest) {
			t.Errorf("left %q of %q: %v", rest, document, err)
		}
	})
}
