// SPDX-License-Identifier: Apache-2.0

package release

// PyJWT is what differs between the releases of PyJWT, which decodes a token
// before SimpleJWT looks at it.
type PyJWT struct {
	// Version is the release.
	Version Version

	// WholeSeconds: claims are compared with the clock cut to seconds, and iat is
	// compared as it stands, not cut to an integer (api_jwt.py).
	WholeSeconds bool

	// StringSubject: sub and jti have to be strings (api_jwt.py).
	StringSubject bool
}

// pyJWTs are the releases that are known.
var pyJWTs = library{
	name:    "PyJWT",
	setting: "pyjwt_version",
	known: releases("2.4.0", "2.5.0", "2.6.0", "2.7.0", "2.8.0", "2.9.0",
		"2.10.1", "2.11.0", "2.12.1", "2.13.0", "2.14.0", "2.15.1"),
}

// pyJWT returns the facts of a version.
func pyJWT(v Version) PyJWT {
	return PyJWT{
		Version:       v,
		WholeSeconds:  !v.Since(2, 7, 0),
		StringSubject: v.Since(2, 10, 0),
	}
}
