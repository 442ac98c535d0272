// SPDX-License-Identifier: Apache-2.0

package target

import (
	"math/rand/v2"
	"net/url"
	"path"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/caddyrefresh/caddyrefresh/internal/target/targettest"
)

// step is something that a server does to a target.
type step struct {
	name string
	do   func(string) string
}

var escapes = regexp.MustCompile(`%[0-9A-Fa-f]{2}`)

func unescape(s string) string {
	return escapes.ReplaceAllStringFunc(s, func(e string) string {
		text, _ := url.PathUnescape(e)
		return text
	})
}

func eachSegment(f func(string) string) func(string) string {
	return func(s string) string {
		segments := strings.Split(s, "/")
		for i := range segments {
			segments[i] = f(segments[i])
		}
		return strings.Join(segments, "/")
	}
}

func cutAt(chars string) func(string) string {
	return func(s string) string {
		if i := strings.IndexAny(s, chars); i >= 0 {
			s = s[:i]
		}
		return s
	}
}

// removeDots is RFC 3986 section 5.2.4: a step up takes an empty segment, too.
func removeDots(s string) string {
	var kept []string
	segments := strings.Split(s, "/")
	for i, segment := range segments {
		last := i == len(segments)-1
		switch segment {
		case ".", "..":
			if segment == ".." && len(kept) > 1 {
				kept = kept[:len(kept)-1]
			}
			if last {
				kept = append(kept, "")
			}
		default:
			kept = append(kept, segment)
		}
	}
	return strings.Join(kept, "/")
}

var authority = regexp.MustCompile(`^([A-Za-z][A-Za-z0-9+.-]*:)?//[^/?#]*`)

// steps are what servers, proxies and frameworks are known to do, each written
// without the judge's code.
var steps = []step{
	{"unescape", unescape},
	{"backslashes are slashes", func(s string) string { return strings.ReplaceAll(s, `\`, "/") }},
	{"merge slashes", func(s string) string { return regexp.MustCompile(`/+`).ReplaceAllString(s, "/") }},
	{"remove dots", removeDots},
	{"clean", func(s string) string { return path.Clean("/" + s) }},
	{"cut the query", cutAt("?")},
	{"cut the fragment", cutAt("#")},
	{"cut at NUL", cutAt("\x00")},
	{"cut at a space", cutAt(" ")},
	{"drop parameters", eachSegment(cutAt(";"))},
	{"drop tabs and line breaks", func(s string) string { return strings.NewReplacer("\t", "", "\r", "", "\n", "").Replace(s) }},
	{"trim dots and spaces", eachSegment(func(s string) string {
		if strings.Trim(s, ".") == "" {
			return s
		}
		return strings.TrimRight(s, ". ")
	})},
	{"drop the authority", func(s string) string { return authority.ReplaceAllString(s, "") }},
	{"overlong", func(s string) string {
		return strings.NewReplacer("\xc0\xaf", "/", "\xe0\x80\xaf", "/", "\xc0\xae", ".", "\xc1\x9c", `\`).Replace(s)
	}},
	{"careless about UTF-8", func(s string) string {
		return strings.NewReplacer("\xc0o", "/", "\xc0/", "/", "\xc0n", ".", "\xc0.", ".", "\xc1\x1c", `\`).Replace(s)
	}},
	{"drop an incomplete escape", func(s string) string { return regexp.MustCompile(`%.?$`).ReplaceAllString(s, "") }},
	{"drop bytes that are no UTF-8", func(s string) string { return strings.ToValidUTF8(s, "") }},
	{"lower case", strings.ToLower},
	{"ignore case as re.IGNORECASE", strings.NewReplacer("\u212a", "k", "\u017f", "s", "\u0130", "i", "\u0131", "i").Replace},
}

// TestServersOfManyKinds composes servers that do up to eight of the steps in any order,
// and at most three decodings. Judge must find each target that one of them turns into
// an endpoint's path.
func TestServersOfManyKinds(t *testing.T) {
	const targets = 500 // for each server
	set := NewSet(endpoints)
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		server := rapid.SliceOfN(rapid.SampledFrom(steps), 1, 8).Draw(t, "server")
		for range targets {
			target := targettest.Target(r, endpoints[r.IntN(len(endpoints))])
			read, decoded := target, 0
			for _, step := range server {
				if step.name == "unescape" {
					decoded++
				}
				if decoded <= 3 {
					read = step.do(read)
				}
			}
			if set.Find(read) != None && set.Judge(target, !strings.HasPrefix(target, "/")) == None {
				t.Errorf("%q is read as %q and passes", target, read)
			}
		}
	})
}

// TestPlainTargets: no server reads a target that is not odd as another path, except for
// its case or a dot at a segment's end.
func TestPlainTargets(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		target := rapid.StringMatching(`(/|//|/\.\.?)?([a-z0-9_.~!$&'()*+,:;=@%-]{0,4}/){0,5}[a-zA-Z0-9 .?#\\é-]{0,3}`).Draw(t, "target")
		if Odd(target) {
			return
		}
		for _, step := range steps {
			if read := step.do(target); step.name != "lower case" && step.name != "trim dots and spaces" && read != target && read+"/" != target {
				t.Errorf("%q is read as %q by a server that does %s", target, read, step.name)
			}
		}
	})
}

func FuzzJudge(f *testing.F) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 100 {
		f.Add(targettest.Target(r, endpoints[0]))
	}
	set := NewSet(endpoints)
	f.Fuzz(func(t *testing.T, target string) {
		got := set.Judge(target, false)
		for range layers {
			read := removeDots(cutAt("?#")(target))
			for _, read := range []string{read, path.Clean(read)} {
				if set.Find(read) != None && got == None {
					t.Errorf("%q is read as %q and passes", target, read)
				}
			}
			target = unescape(target)
		}
	})
}
