// SPDX-License-Identifier: Apache-2.0

package target

import "strings"

// MaxSegments is how many segments the path of an endpoint may have.
const MaxSegments = 64

// None is the result if there is no endpoint.
const None = -1

// Set holds the paths of endpoints. The zero value is empty.
type Set struct {
	endpoints [][]string // segments in lower case, without what cleaning drops
	paths     []string   // without the trailing slash
	last      [256]bool  // the bytes that paths end with, in both cases; all for the empty path
}

// NewSet returns the set of paths, which are decoded and start with a slash. The methods
// of the set return an index of paths.
func NewSet(paths []string) *Set {
	s := &Set{}
	for _, path := range paths {
		var segments []string
		for segment := range strings.SplitSeq(path, "/") {
			segment, _, _ = strings.Cut(segment, ";")
			segment = strings.TrimRight(segment, ". ")
			if segment != "" {
				segments = append(segments, lower(segment))
			}
		}
		s.endpoints = append(s.endpoints, segments)
		path = strings.TrimSuffix(path, "/")
		s.paths = append(s.paths, path)
		for c := range s.last {
			s.last[c] = s.last[c] || path == "" || lowerByte(byte(c)) == lowerByte(path[len(path)-1])
		}
	}
	return s
}

// Find returns which endpoint's path is path, with or without its trailing
// slash, or None.
func (s *Set) Find(path string) int {
	path = strings.TrimSuffix(path, "/")
	for i, known := range s.paths {
		if path == known {
			return i
		}
	}
	return None
}

// Suffix returns the endpoint whose path is at the end of path, or None. It is the quick
// check for a path that is not odd and may lose a prefix.
func (s *Set) Suffix(path string) int {
	path = strings.TrimSuffix(path, "/")
	if path == "" || !s.last[path[len(path)-1]] {
		return None
	}
	for i, known := range s.paths {
		if n := len(path) - len(known); n >= 0 && strings.EqualFold(path[n:], known) {
			return i
		}
	}
	return None
}

// lower is ASCII lower case; means folds the rest.
func lower(s string) string {
	b := []byte(s)
	for i := range b {
		b[i] = lowerByte(b[i])
	}
	return string(b)
}

func lowerByte(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		c += 'a' - 'A'
	}
	return c
}
