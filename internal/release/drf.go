// SPDX-License-Identifier: Apache-2.0

package release

// DRF is what differs between the releases of Django REST framework, which reads
// the request and writes the answer.
type DRF struct {
	// Version is the release.
	Version Version

	// djangoSince is the oldest Django that the package's metadata takes.
	djangoSince Version
}

// drfs are the releases that are known.
var drfs = library{
	name:    "Django REST framework",
	setting: "drf_version",
	known:   releases("3.14.0", "3.15.2", "3.16.1", "3.17.2", "3.18.3"),
}

// drf returns the facts of a version.
func drf(v Version) DRF {
	d := DRF{Version: v}
	switch {
	case v.Since(3, 18, 0):
		d.djangoSince = mustParse("5.2.0")
	case v.Since(3, 15, 0):
		d.djangoSince = mustParse("4.2.0")
	}
	return d
}
