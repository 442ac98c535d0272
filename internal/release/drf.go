// SPDX-License-Identifier: Apache-2.0

package release

// DRF is what differs between the releases of Django REST framework, which reads
// the request and writes the answer.
type DRF struct {
	// Version is the release.
	Version Version

	// BuffersBody: JSON and forms are read through HttpRequest.body, which refuses more
	// than DATA_UPLOAD_MAX_MEMORY_SIZE (request.py, Request._parse).
	BuffersBody bool

	// TextCharsets: a charset that is not a text encoding, such as zlib, is refused
	// (parsers.py, get_encoding).
	TextCharsets bool

	// LimitsMediaTypes: a Content-Type of more than 256 characters is not supported. Only
	// 8192 characters of Accept count, and in them 64 ranges of up to 256 characters. A
	// range that Django cannot parse is skipped (negotiation.py,
	// DefaultContentNegotiation; utils/mediatypes.py, _MediaType).
	LimitsMediaTypes bool

	// djangoSince is the oldest Django that the package's metadata allows.
	djangoSince Version

	// djangoBefore is the Django whose django.utils.cache lacks the cc_delim_re that
	// the package imports. Zero: there is none yet.
	djangoBefore Version
}

// drfs are the releases that are known.
var drfs = library{
	name:    "Django REST framework",
	setting: "drf_version",
	known:   releases("3.14.0", "3.15.2", "3.16.1", "3.17.2", "3.18.3"),
}

// drf returns the facts of a version.
func drf(v Version) DRF {
	d := DRF{
		Version:          v,
		BuffersBody:      v.Since(3, 17, 2),
		TextCharsets:     v.Since(3, 18, 2),
		LimitsMediaTypes: v.Since(3, 18, 2),
	}
	if !v.Since(3, 18, 0) {
		d.djangoBefore = mustParse("6.1.0")
	}
	switch {
	case v.Since(3, 18, 0):
		d.djangoSince = mustParse("5.2.0")
	case v.Since(3, 15, 0):
		d.djangoSince = mustParse("4.2.0")
	}
	return d
}
