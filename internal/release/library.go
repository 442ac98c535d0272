// SPDX-License-Identifier: Apache-2.0

package release

import (
	"fmt"
	"slices"
	"strings"
)

// library is a library of which releases are known.
type library struct {
	name    string
	setting string    // of the Caddyfile
	known   []Version // the newest release of each series, oldest series first
}

// releases reads the versions of a library's table.
func releases(texts ...string) []Version {
	all := make([]Version, len(texts))
	for i, text := range texts {
		all[i] = mustParse(text)
	}
	return all
}

// find returns the version that text stands for. A series stands for its newest release;
// a version that is newer than all known ones stands for the newest known one.
func (l *library) find(text string, remarks *Remarks) (Version, error) {
	v, err := ParseVersion(text)
	if err != nil {
		return Version{}, fmt.Errorf("%s %w", l.setting, err)
	}
	full := strings.Count(text, ".") == len(v)-1
	newest := l.newest()
	for _, known := range l.known {
		if known.Series() != v.Series() {
			continue
		}
		switch {
		case !full:
			return known, nil
		case v.Compare(known) <= 0:
			return v, nil
		}
		newest = known // v is a later patch release of this series
	}
	if v.Compare(newest) < 0 {
		return Version{}, fmt.Errorf("%s %q is not supported: write one of %s, or a full release such as %s",
			l.setting, text, strings.Join(l.series(), ", "), newest)
	}
	remarks.Newer = append(remarks.Newer, fmt.Sprintf("%s %s is newer than this edge knows; it answers as %s %s does: update the edge",
		l.setting, text, l.name, newest))
	return newest, nil
}

// newest returns the newest release that is known.
func (l *library) newest() Version { return l.known[len(l.known)-1] }

// newestBefore returns the newest release before v, or the newest of all if v is zero.
func (l *library) newestBefore(v Version) string {
	for _, known := range slices.Backward(l.known) {
		if v == (Version{}) || known.Compare(v) < 0 {
			return known.String()
		}
	}
	return l.known[0].String()
}

// series returns the names of the series, oldest first.
func (l *library) series() []string {
	names := make([]string, len(l.known))
	for i, v := range l.known {
		names[i] = v.Series()
	}
	return names
}
