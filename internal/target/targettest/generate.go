// SPDX-License-Identifier: Apache-2.0

// Package targettest makes request targets that servers may read differently, for the
// tests of package target and the hunt against real servers.
package targettest

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"strings"
)

// Pieces that targets are composed of. An escape in them gets further layers at
// random.
var (
	prefixes = []string{
		"", "", "", "", "x:", "x:%2f", "http:%2f", "x:./", "http:", "http://host", "https://host:1", "//host", "/%2fhost", `/\host`, "/x/..", "/x//..", "/x/y/../..", "/..",
		"/%2e%2e", "/.", "/%2e", "/x/..;y", "/x%3f/..", "/x%23/..", "/%20", "/%00", "%2f", ".", "*", "/x;y/..", "/x/.%2e", "/x/%00/..", "http:x",
		"/x/%20/..", "/zz", "/http://host", "http://host%2f", "x:.", "x:%2e", "/%09", "http://h@o", "http://[::1]", "/x%0a/..", "/x%20HTTP/1.1%0d%0aA:b%0d%0a%0d%0aPOST%20",
	}
	separators = []string{
		"/", "/", "/", "/", "/", "/", "//", "/./", "///", `\`, "%2f", "%2F", "%5c", "/.//", "/x/../", "/x//../", "//../", "/%2e/", "/x/%2e%2e/", "/;/",
		"/..;/", "/x/..;y/", "%c0%af", "%e0%80%af", "%u002f", "%00/", "/%00", "/%20", "%20/", "%2f%2f", "/%2f..%2f", "/x%2f../", "%09/", ";y/", "./", "/%0d%0a/", "/%c0%ae/",
		"/x%2f%2e%2e/", "%2f./", "/.;/", "%ef%bc%8f", ";%252fx/", "%c0%09%af", "%252%09f",
	}
	suffixes = []string{
		"/", "/", "/", "", "//", "//..", "/x/..", "/.", "/%2e", "/%2e%2e", "//%2e%2e", "/%2f..", "/%2f%2e%2e", "?x", "/?/..", "%3f", "/%3fx", "/%3f/..", "#x",
		"/%23", "/%23/..", "%00", "/%00", "%00.html", ";x", "/;x", ";x=/..", "%20", "/%20", "/%20HTTP/1.1%0d%0aA:b", ".", "/..", "/...", "%0a", "/%0a", "%0d%0a", "%09", "/x//../..",
		"/x//..", "/x%2f..", `\`, `\..`, "%5c..", "/;/..", "/x;/..", "%2f", "%ff", "/%ff", "%c0%80", "/..;/", "/x/..;/", "%", "%2", "/%u0020", "?/../", "/x/../", "/.//", "//x/..",
		"%25;x", "%252.", "%25%25", "%25%ff%ff", "%252%ef%bc%8f", "/%25.", "%20%25", ";%252fx", "/;x=%252f%2509",
	}
	// Noise may stand anywhere, also within an escape of the next layer: some servers drop
	// it.
	noise = []string{"%00", "%09", "%0a", "%0d", "%ff", "%7f", "%01", "%c0", "%c0%af", ";%252fx"}
)

// Target returns a target made from path, which has no escapes.
func Target(r *rand.Rand, path string) string {
	var b strings.Builder
	prefix := pick(r, prefixes)
	b.WriteString(layered(r, prefix))
	// If the prefix has the first separator, another one is seldom useful.
	separated := strings.HasSuffix(strings.ToLower(prefix), "%2f") || strings.HasSuffix(prefix, "/")
	for i, segment := range strings.Split(strings.Trim(path, "/"), "/") {
		if i > 0 || r.IntN(8) > 0 != separated {
			b.WriteString(layered(r, plainOr(r, separators)))
		}
		b.WriteString(disguised(r, segment))
	}
	b.WriteString(layered(r, pick(r, suffixes)))
	if r.IntN(12) == 0 {
		b.WriteString(layered(r, pick(r, separators)) + layered(r, pick(r, suffixes)))
	}
	target := b.String()
	if r.IntN(6) == 0 {
		target = noisy(r, target)
	}
	return target
}

// noisy puts noise at a place of target that is not within an escape, half of the time
// within one of the next layer.
func noisy(r *rand.Rand, target string) string {
	i := r.IntN(len(target) + 1)
	if inner := strings.Index(target, "%25"); inner >= 0 && r.IntN(2) == 0 {
		i = min(inner+len("%25")+r.IntN(2), len(target))
	}
	for _, back := range []int{2, 1} {
		if i >= back && target[i-back] == '%' {
			i -= back
		}
	}
	return target[:i] + layered(r, pick(r, noise)) + target[i:]
}

func pick(r *rand.Rand, pieces []string) string { return pieces[r.IntN(len(pieces))] }

// plainOr leaves most separators as they are, so that enough targets still lead to an
// endpoint.
func plainOr(r *rand.Rand, pieces []string) string {
	if r.IntN(3) > 0 {
		return "/"
	}
	return pick(r, pieces)
}

// layered wraps escapes of a piece into up to three more.
func layered(r *rand.Rand, piece string) string {
	for range 3 {
		if r.IntN(5) > 0 {
			break
		}
		if r.IntN(2) == 0 {
			piece = strings.ReplaceAll(piece, "%", "%25")
		} else if i := r.IntN(len(piece) + 1); i < len(piece) {
			piece = piece[:i] + fmt.Sprintf("%%%02x", piece[i]) + piece[i+1:]
		}
	}
	return piece
}

// otherCases are letters that are no ASCII and that Python ignores the case of.
var otherCases = map[byte]string{'i': "%c4%b1", 'k': "%e2%84%aa", 's': "%c5%bf"}

// disguised spells some letters of a segment in a way that lenient servers read as those
// letters.
func disguised(r *rand.Rand, segment string) string {
	if r.IntN(4) > 0 {
		return segment
	}
	i := r.IntN(len(segment))
	c := segment[i]
	var spelled string
	switch r.IntN(11) {
	case 0:
		spelled = strings.ToUpper(string(c))
	case 4:
		spelled = cmp.Or(otherCases[c], string(c))
	case 1:
		spelled = fmt.Sprintf("%%u00%02x", c)
	case 2:
		spelled = fmt.Sprintf("%%%02x%%%02x", 0xC0|c>>6, 0x80|c&0x3F)
	case 3:
		spelled = string(c) + pick(r, []string{"%00", "%0a", "%09", "%0d", "%ff", "%7f"})
	default:
		spelled = fmt.Sprintf("%%%02X", c)
	}
	return segment[:i] + layered(r, spelled) + segment[i+1:]
}
