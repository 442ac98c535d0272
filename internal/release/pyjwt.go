// SPDX-License-Identifier: Apache-2.0

package release

// PyJWT is what differs between the releases of PyJWT, which decodes a token
// before SimpleJWT looks at it.
type PyJWT struct {
	// Version is the release.
	Version Version

	// ExpIncluded: a token passes during the second that its exp names, and SimpleJWT
	// refuses it in words of its own (api_jwt.py, _validate_exp).
	ExpIncluded bool

	// FutureIssuedAt: an iat after now is accepted (api_jwt.py, _validate_iat).
	FutureIssuedAt bool

	// RawIssuedAt: iat is compared with now without being cut to an integer, which
	// crashes on a string of digits (api_jwt.py, _validate_iat).
	RawIssuedAt bool

	// WholeSeconds: now is cut to seconds (api_jwt.py, _validate_claims).
	WholeSeconds bool

	// StringSubject: sub and jti have to be strings (api_jwt.py, _validate_sub and
	// _validate_jti).
	StringSubject bool

	// StringIssuer: a token whose iss is no string cannot be encoded, though it can be
	// decoded (api_jwt.py, encode).
	StringIssuer bool

	// PartOfIssuer: an iss that is only a part of ISSUER is accepted (api_jwt.py,
	// _validate_iss; CVE-2024-53861). The edge refuses it whatever the release.
	PartOfIssuer bool

	// TypeFirst: the header of a new token names typ before alg. Later releases sort
	// its members (api_jws.py, encode).
	TypeFirst bool

	// FollowsRedirects: fetching the key set at JWK_URL follows redirects
	// (jwks_client.py, fetch_data).
	FollowsRedirects bool
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
		Version:          v,
		ExpIncluded:      !v.Since(2, 6, 0),
		FutureIssuedAt:   !v.Since(2, 6, 0),
		RawIssuedAt:      v.Since(2, 6, 0) && !v.Since(2, 7, 0),
		WholeSeconds:     !v.Since(2, 7, 0),
		StringSubject:    v.Since(2, 10, 0),
		StringIssuer:     v.Since(2, 11, 0),
		PartOfIssuer:     v.Since(2, 10, 0) && !v.Since(2, 10, 1),
		TypeFirst:        !v.Since(2, 5, 0),
		FollowsRedirects: !v.Since(2, 14, 0),
	}
}
