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

// pyJWT returns the facts of a version.
func pyJWT(v Version) PyJWT {
	return PyJWT{
		Version:       v,
		WholeSeconds:  !v.Since(2, 7, 0),
		StringSubject: v.Since(2, 10, 0),
	}
}
