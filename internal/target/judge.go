// SPDX-License-Identifier: Apache-2.0

package target

import "bytes"

// layers is how many layers of escapes are undone: a server and a framework
// behind a second proxy undo one each.
const layers = 3

// Judge returns the endpoint that a server might find in target, or None. target is a
// request target in its escaped form, without or with its query. anywhere says that the
// target may lose its first segments: a header names a prefix, or it is opaque.
//
// Judge looks at the target raw and after each of up to three decodings, cleaned segment
// by segment. It returns an endpoint in three cases: the target is the endpoint's path;
// it ends with that path and may lose the segments before it; or it holds the path's
// segments in their order together with a step up or a line break. A line break can
// start another request on the connection of a careless proxy.
func (s *Set) Judge(target string, anywhere bool) int {
	text := []byte(target)
	climbs := false
	found := make([]bool, len(s.endpoints)) // the target holds all segments, in their order
	for layer := 0; ; layer++ {
		text = shorten(text)
		anywhere = anywhere || detached(text)
		for i, endpoint := range s.endpoints {
			r := read(text, endpoint, anywhere)
			if r.meant {
				return i
			}
			found[i] = found[i] || r.holds
			climbs = climbs || r.climbs
		}
		if layer == layers || bytes.IndexByte(text, '%') < 0 {
			break
		}
		text = decode(text)
	}
	for i := range found {
		if climbs && found[i] {
			return i
		}
	}
	return None
}

// detached reports whether a server may take the first segments of text for a scheme or
// a host: text has no leading separator, or two.
func detached(text []byte) bool {
	return len(text) > 0 && (!separates(text[0]) || len(text) > 1 && separates(text[1]))
}

func separates(c byte) bool { return c == '/' || c == '\\' }

// reading is the result for one endpoint after a number of decodings.
type reading struct {
	meant  bool // the text is the endpoint's path, or ends with it
	holds  bool // it has the path's segments in their order
	climbs bool // it has a step up or a line break
}

func read(text []byte, endpoint []string, anywhere bool) (r reading) {
	count, next := 0, 0
	// Bit i of run is set if the last i+1 segments were the endpoint's first ones.
	var run uint64
	ended := func() bool {
		matches := len(endpoint) == 0 || run>>(len(endpoint)-1)&1 == 1
		return matches && (anywhere || count == len(endpoint))
	}
	for more := true; more; {
		segment := text
		i := bytes.IndexAny(text, `/\`)
		if more = i >= 0; more {
			segment, text = text[:i], text[i+1:]
		}
		shape := shapeOf(segment)
		r.climbs = r.climbs || shape.climbs || bytes.ContainsAny(segment, "\r\n")
		if shape.cutEmpty && ended() {
			r.meant = true
			return r
		}
		if !shape.empty {
			count++
			var same uint64
			for i, want := range endpoint {
				if means(segment, want) {
					same |= 1 << i
				}
			}
			run = (run<<1 | 1) & same
			if next < len(endpoint) && same>>next&1 == 1 {
				next++
			}
		}
		if (shape.cut || !more) && ended() {
			r.meant = true
			return r
		}
	}
	r.holds = next == len(endpoint)
	return r
}
