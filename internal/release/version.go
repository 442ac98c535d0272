// SPDX-License-Identifier: Apache-2.0

package release

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Version is a version of a library: major, minor and patch. Versions compare as
// numbers, since 5.10 is newer than 5.9 and would be older as text.
type Version [3]int

// ParseVersion reads two or three numbers with dots between them. A patch number
// that is missing is 0.
func ParseVersion(text string) (Version, error) {
	var v Version
	parts := strings.Split(text, ".")
	if len(parts) < 2 || len(parts) > len(v) {
		return Version{}, badVersion(text)
	}
	for i, part := range parts {
		n, err := strconv.ParseUint(part, 10, 16)
		if err != nil {
			return Version{}, badVersion(text)
		}
		v[i] = int(n)
	}
	return v, nil
}

func badVersion(text string) error {
	return fmt.Errorf("%q is not a version: write two or three numbers with dots between them, such as 5.3 or 5.3.1", text)
}

// mustParse is for the versions of this package's tables.
func mustParse(text string) Version {
	v, err := ParseVersion(text)
	if err != nil {
		panic(err)
	}
	return v
}

// Compare returns -1 where v is older than w, 0 where they are the same, and +1
// where v is newer.
func (v Version) Compare(w Version) int { return slices.Compare(v[:], w[:]) }

// Since reports whether v is the given version or a later one.
func (v Version) Since(major, minor, patch int) bool {
	return v.Compare(Version{major, minor, patch}) >= 0
}

// sinceFix reports whether v has a change that came with patch releases of several
// series. fixes holds the release of each such series, oldest first. Later series have
// the change from their start, and any other series lacks it.
func (v Version) sinceFix(fixes ...string) bool {
	last := mustParse(fixes[len(fixes)-1])
	for _, text := range fixes {
		if fix := mustParse(text); fix.Series() == v.Series() {
			return v.Compare(fix) >= 0
		}
	}
	return v.Compare(last) > 0
}

// Series returns major and minor: "5.3" of 5.3.1.
func (v Version) Series() string { return fmt.Sprintf("%d.%d", v[0], v[1]) }

// String returns all three numbers.
func (v Version) String() string { return fmt.Sprintf("%d.%d.%d", v[0], v[1], v[2]) }
