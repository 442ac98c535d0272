// SPDX-License-Identifier: Apache-2.0

package cookie

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestSet(t *testing.T) {
	for _, tt := range []struct {
		a    Attributes
		keep time.Duration
		want string
	}{
		{
			Attributes{Name: "__Host-refresh", SameSite: http.SameSiteStrictMode},
			time.Hour,
			"__Host-refresh=a.b-c_d; Path=/; Max-Age=3600; HttpOnly; Secure; SameSite=Strict",
		},
		{
			Attributes{Name: "__Secure-refresh", SameSite: http.SameSiteLaxMode, Domain: "example.com"},
			1999 * time.Millisecond,
			"__Secure-refresh=a.b-c_d; Path=/; Domain=example.com; Max-Age=1; HttpOnly; Secure; SameSite=Lax",
		},
		{
			Attributes{Name: "refresh", SameSite: http.SameSiteStrictMode, Insecure: true},
			0,
			"refresh=a.b-c_d; Path=/; Max-Age=0; HttpOnly; SameSite=Strict",
		},
	} {
		got, err := tt.a.Set("a.b-c_d", tt.keep)
		if err != nil || got != tt.want {
			t.Errorf("got  %s, %v\nwant %s", got, err, tt.want)
		}
	}
	a := Attributes{Name: "__Host-refresh", SameSite: http.SameSiteStrictMode}
	if got, want := a.Clear(), "__Host-refresh=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Strict"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	rest := len(a.Clear()) + len("3600") - len("0")
	if _, err := a.Set(strings.Repeat("x", maxLength-rest), time.Hour); err != nil {
		t.Errorf("4096 bytes: %v", err)
	}
	if _, err := a.Set(strings.Repeat("x", maxLength-rest+1), time.Hour); err != ErrTooLong { //nolint:errorlint // it is returned as it is
		t.Errorf("4097 bytes: %v", err)
	}
}

func TestValidate(t *testing.T) {
	for _, tt := range []struct {
		a    Attributes
		want string // part of the error
	}{
		{Attributes{Name: "__Host-refresh"}, ""},
		{Attributes{Name: "__Secure-refresh", Domain: "example.com"}, ""},
		{Attributes{Name: "refresh", Insecure: true}, ""},
		{Attributes{Name: "refresh", Insecure: true, Domain: "example.test"}, ""},
		{Attributes{Name: "__Host-refresh", Domain: "example.com"}, "name it __Secure-refresh"},
		{Attributes{Name: "refresh", Domain: "example.com"}, "name it __Secure-refresh"},
		{Attributes{Name: "__Host-refresh", Insecure: true}, "without the prefix"},
		{Attributes{Name: "__secure-refresh", Insecure: true}, "without the prefix"},
		{Attributes{Name: "a b"}, "invalid Cookie.Name"},
		{Attributes{Name: "a;b"}, "invalid Cookie.Name"},
		{Attributes{Name: ""}, "invalid Cookie.Name"},
		{Attributes{Name: "__Secure-a", Domain: "a b"}, "invalid Cookie.Domain"},
	} {
		err := tt.a.Validate()
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%+v: %v, want %q", tt.a, err, tt.want)
		}
	}
}

var ours = []string{"__Host-refresh", "__Host-access"}

func TestRequest(t *testing.T) {
	for _, tt := range []struct {
		name  string
		lines []string
		want  []string
		value string
		count int
	}{
		{"none", nil, nil, "", 0},
		{"others", []string{"a=1; b=2;c=3"}, []string{"a=1; b=2;c=3"}, "", 0},
		{"alone", []string{"__Host-refresh=tok"}, nil, "tok", 1},
		{"first", []string{"__Host-refresh=tok; a=1"}, []string{"a=1"}, "tok", 1},
		{"in the middle", []string{"a=1; __Host-refresh=tok; b=2"}, []string{"a=1; b=2"}, "tok", 1},
		{"last", []string{"a=1;  b=\"x y\"; __Host-refresh=tok"}, []string{"a=1;  b=\"x y\""}, "tok", 1},
		{"both", []string{"__Host-access=acc; a=1; __Host-refresh=tok"}, []string{"a=1"}, "tok", 1},
		{"two", []string{"__Host-refresh=tok; __Host-refresh=evil"}, nil, "evil", 2},
		{"two in two lines", []string{"a=1; __Host-refresh=tok", "__Host-refresh=evil; b=2"}, []string{"a=1", "b=2"}, "evil", 2},
		{"a line of its own", []string{"__Host-refresh=tok", "b=2"}, []string{"b=2"}, "tok", 1},
		{"quoted", []string{`__Host-refresh="tok"`}, nil, `"tok"`, 1},
		{"with spaces", []string{"a=1; \t__Host-refresh = tok ;b=2"}, []string{"a=1;b=2"}, "tok", 1},
		{"no value", []string{"__Host-refresh; a=1"}, []string{"a=1"}, "", 1},
		{"empty", []string{"__Host-refresh="}, nil, "", 1},
		{"the name in a value", []string{"a=__Host-refresh; b=x__Host-refresh=y"}, []string{"a=__Host-refresh; b=x__Host-refresh=y"}, "", 0},
		{"a longer name", []string{"__Host-refresh2=x; x__Host-refresh=y"}, []string{"__Host-refresh2=x; x__Host-refresh=y"}, "", 0},
		{"another case", []string{"__host-refresh=x"}, []string{"__host-refresh=x"}, "", 0},
		{"a space of Unicode's in front", []string{"\u2000__Host-refresh=evil; a=1"}, []string{"a=1"}, "", 0},
		{"a no-break space behind", []string{"__Host-refresh\u00a0=evil"}, nil, "", 0},
		{"a no-break space of Latin-1", []string{"\xa0__Host-refresh=evil"}, nil, "", 0},
		{"a next line of Latin-1", []string{"a=1; \x85__Host-access=evil"}, []string{"a=1"}, "", 0},
		{"nothing between semicolons", []string{"a=1;; b=2; __Host-refresh=tok;"}, []string{"a=1;; b=2;"}, "tok", 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := http.Header{}
			if tt.lines != nil {
				h[header] = slices.Clone(tt.lines)
			}
			copied := h.Clone()
			if value, count := Read(h, ours[0]); value != tt.value || count != tt.count {
				t.Errorf("read %q, %d times, want %q, %d times", value, count, tt.value, tt.count)
			}
			if has, want := Has(h, ours), !slices.Equal(tt.lines, tt.want); has != want {
				t.Errorf("has: %t, want %t", has, want)
			}
			Cut(h, ours)
			if diff := cmp.Diff(tt.want, h[header]); diff != "" {
				t.Errorf("left (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.lines, copied[header]); diff != "" {
				t.Errorf("the copy changed:\n%s", diff)
			}
		})
	}
}

// TestCutLeavesOthers: whatever surrounds them, other people's cookies keep their bytes
// and their order, and none of ours is left.
func TestCutLeavesOthers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		other := rapid.StringMatching(`[a-z]{1,3}=[!-:<-~]{0,5}`)
		own := rapid.StringMatching(`[ \t]?__Host-(refresh|access)[ \x{2003}]?(=[a-z.]{0,4})?`)
		var line, want []string
		for range rapid.IntRange(1, 6).Draw(t, "pairs") {
			if rapid.Bool().Draw(t, "ours") {
				line = append(line, own.Draw(t, "own"))
			} else {
				o := other.Draw(t, "other")
				line, want = append(line, o), append(want, o)
			}
		}
		h := http.Header{header: {strings.Join(line, "; ")}}
		Cut(h, ours)
		if got, want := h.Get(header), strings.Join(want, "; "); got != want {
			t.Fatalf("got %q, want %q", got, want)
		}
	})
}

func TestHasAllocations(t *testing.T) {
	h := http.Header{header: {"csrftoken=abc; sessionid=def; _ga=GA1.2.3; theme=dark"}}
	if n := testing.AllocsPerRun(100, func() { Has(h, ours) }); n != 0 {
		t.Errorf("%v allocations for a request without our cookies", n)
	}
}

func BenchmarkHas(b *testing.B) {
	h := http.Header{header: {"csrftoken=abcdefghijklmnop; sessionid=0123456789abcdef; _ga=GA1.2.3.4.5; theme=dark"}}
	for b.Loop() {
		Has(h, ours)
	}
}
