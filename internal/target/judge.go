// SPDX-License-Identifier: Apache-2.0

package target

import "bytes"

// layers is how many layers of escapes are undone: a server and a framework
// behind a second proxy undo one each.
const layers = 3

// maxReadings is how many texts of a target are read: after each decoding, as it is and
// as lenient servers leave it. A target that has more is refused: reading them all would
// cost too much time. A target that is not made to deceive has 14 at most, with an escape
// under three layers in a parameter.
const maxReadings = 24

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
	if len(s.endpoints) == 0 {
		return None
	}
	j := judgment{endpoints: s.endpoints, holds: make([]bool, len(s.endpoints))}
	if i := j.look([]byte(target), 0, 0, anywhere); i != None {
		return i
	}
	for i := range j.holds {
		if j.climbs && j.holds[i] {
			return i
		}
	}
	return None
}

// judgment is what was seen so far in all readings of a target.
type judgment struct {
	endpoints [][]string
	holds     []bool // by endpoint: a reading holds all segments, in their order
	climbs    bool   // a reading has a step up or a line break
	readings  int
}

// look returns the endpoint that text means, or None. text has been decoded layer times.
// look then looks at the texts that lenient steps make of text, from step first on, and
// at what text decodes to, for which it overwrites text.
func (j *judgment) look(text []byte, layer, first int, anywhere bool) int {
	if j.readings++; j.readings > maxReadings {
		return 0
	}
	anywhere = anywhere || detached(text)
	for i, endpoint := range j.endpoints {
		r := read(text, endpoint, anywhere)
		if r.meant {
			return i
		}
		j.holds[i] = j.holds[i] || r.holds
		j.climbs = j.climbs || r.climbs
	}
	for step := first; step < len(lenient) && touched(text); step++ {
		if other := lenient[step](text); other != nil {
			if i := j.look(other, layer, step+1, anywhere); i != None {
				return i
			}
		}
	}
	if layer == layers || bytes.IndexByte(text, '%') < 0 {
		return None
	}
	return j.look(decode(text), layer+1, 0, anywhere)
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
