// SPDX-License-Identifier: Apache-2.0

package conformance

// Release is a release of SimpleJWT as simplejwt_version names it, together
// with the Django, DRF and PyJWT of its time (requirements-<name>.txt).
type Release struct {
	Name string // "5.3"

	// Invalid and Expired are what Django says of a token that cannot be
	// decoded, and of one that is over (rest_framework_simplejwt/tokens.py).
	Invalid, Expired string

	// ChecksUser: since 5.4.0 a refresh asks the user table.
	ChecksUser bool

	// MoreAlgorithms: since 5.4.0 there are PS256 and EdDSA.
	MoreAlgorithms bool

	// TextID: PyJWT 2.10 wants jti and sub to be strings.
	TextID bool

	// OldClock: PyJWT 2.6 compares iat as it stands, so that a string crashes.
	OldClock bool
}

// Releases are the releases that the edge answers for, oldest first.
func Releases() []Release {
	const either = "Token is invalid or expired"
	return []Release{
		{Name: "5.2", Invalid: either, Expired: either, OldClock: true},
		{Name: "5.3", Invalid: either, Expired: either},
		{Name: "5.4", Invalid: either, Expired: either, ChecksUser: true, MoreAlgorithms: true},
		{Name: "5.5", Invalid: "Token is invalid", Expired: "Token is expired", ChecksUser: true, MoreAlgorithms: true, TextID: true},
	}
}

// ReleaseNamed returns the release of that name, and false if there is none.
func ReleaseNamed(name string) (Release, bool) {
	for _, r := range Releases() {
		if r.Name == name {
			return r, true
		}
	}
	return Release{}, false
}
