// SPDX-License-Identifier: Apache-2.0

package conformance

import (
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/caddyrefresh/caddyrefresh/internal/release"
)

// Set is the four libraries that one Django runs with.
type Set struct {
	Name string // of its recordings and of its tests
	Base string // the set of its time, whose recording its own is told as differences from; empty: it is one

	// Installed are the versions that pip installs. Release is what the edge makes of
	// them, which differs where one is newer than it knows.
	Installed release.Versions
	*release.Release

	LiveOnly bool // it is compared and not recorded
	Assumes  bool // the edge is told of SimpleJWT alone, as it is in the shortest configuration
}

// newSet returns a set of versions that the edge knows.
func newSet(name, base string, v release.Versions) *Set {
	r := release.MustFind(v)
	return &Set{Name: name, Base: base, Installed: r.Versions(), Release: r}
}

// Sets are those that are compared.
func Sets() []*Set {
	sets := Contemporary()
	for _, series := range release.Names() {
		sets = append(sets, newSet(series+"-newest", series, release.WithNewest(series).Versions()))
	}
	for _, series := range release.Names() {
		set := newSet(series+"-assumed", series, release.Versions{SimpleJWT: series})
		set.LiveOnly, set.Assumes = true, true
		sets = append(sets, set)
	}
	for i, line := range slices.Concat(neighbours, liveNeighbours) {
		v := versionsOf(line)
		set := newSet(strings.Join(line[:], "_"), release.MustFind(v).Version.Series(), v)
		set.LiveOnly = i >= len(neighbours)
		sets = append(sets, set)
	}
	return sets
}

// RecordedSets are those that have recordings.
func RecordedSets() []*Set {
	return slices.DeleteFunc(Sets(), func(s *Set) bool { return s.LiveOnly })
}

// Contemporary are the newest release of each series of SimpleJWT with the libraries
// of its time.
func Contemporary() []*Set {
	var sets []*Set
	for _, line := range contemporary {
		v := versionsOf(line)
		sets = append(sets, newSet(release.MustFind(v).Version.Series(), "", v))
	}
	return sets
}

// MustSet returns the set of a name, such as "5.3". It panics where there is none.
func MustSet(name string) *Set {
	sets := Sets()
	i := slices.IndexFunc(sets, func(s *Set) bool { return s.Name == name })
	if i < 0 {
		panic("conformance: no set is called " + name)
	}
	return sets[i]
}

// Newest returns the contemporary set of the newest SimpleJWT.
func Newest() *Set {
	sets := Contemporary()
	return sets[len(sets)-1]
}

// IsContemporary reports whether the libraries are those of the SimpleJWT's time.
func (s *Set) IsContemporary() bool { return s.Base == "" }

// Packages returns the versions that are installed, by their names on PyPI.
func (s *Set) Packages() map[string]string {
	return map[string]string{
		"djangorestframework-simplejwt": s.Installed.SimpleJWT,
		"PyJWT":                         s.Installed.PyJWT,
		"djangorestframework":           s.Installed.DRF,
		"Django":                        s.Installed.Django,
	}
}

// Requirements returns what pip is told to install.
func (s *Set) Requirements() []string {
	var all []string
	for name, version := range s.Packages() {
		all = append(all, name+"=="+version)
	}
	slices.Sort(all)
	return all
}

// Dir returns this folder.
func Dir() string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Dir(file)
}
