// SPDX-License-Identifier: Apache-2.0

package release

// Django is what differs between the releases of Django, which reads the request
// before Django REST framework does.
type Django struct {
	// Version is the release.
	Version Version
}

// djangos are the releases that are known.
var djangos = library{
	name:    "Django",
	setting: "django_version",
	known:   releases("4.2.30", "5.0.14", "5.1.15", "5.2.19"),
}

// django returns the facts of a version.
func django(v Version) Django { return Django{Version: v} }
