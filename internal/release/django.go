// SPDX-License-Identifier: Apache-2.0

package release

// Django is what differs between the releases of Django, which reads the request
// before Django REST framework does.
type Django struct {
	// Version is the release.
	Version Version

	// EmailHeaders: the parameters of a header are read by Python's email.message
	// instead of by Django's own parser (utils/http.py, parse_header_parameters).
	EmailHeaders bool

	// MaxHeaderLength is the length in characters above which a header is not parsed
	// (utils/http.py, parse_header_parameters). 0: there is no such limit.
	MaxHeaderLength int

	// RefusesUnknownCharset: an RFC 2231 parameter in a charset that Python does not
	// know raises a ValueError, which callers expect, instead of a LookupError, which
	// becomes an error page (utils/http.py, parse_header_parameters).
	RefusesUnknownCharset bool

	// LimitsPartHeaders: a part of a multipart body whose headers do not end within 1024
	// bytes is refused instead of skipped (http/multipartparser.py,
	// parse_boundary_stream).
	LimitsPartHeaders bool

	// CutsPartHeaderFirst: a part's header is cut at the colon before its parameters
	// are read, not after (http/multipartparser.py, parse_boundary_stream).
	CutsPartHeaderFirst bool

	// StrictBase64: a character outside the alphabet makes a part's base64 invalid
	// instead of being skipped (http/multipartparser.py, MultiPartParser._parse).
	StrictBase64 bool

	// WholeQuads: a file in base64 whose length without white space is no multiple of
	// four is refused, whatever it holds (http/multipartparser.py, MultiPartParser._parse).
	WholeQuads bool

	// UsesTZ is the default of the setting USE_TZ (conf/global_settings.py).
	UsesTZ bool

	// OldestPython is the oldest Python that the package's metadata allows. Tests that
	// run Django use it.
	OldestPython Version
}

// djangoNotAssumed is the first Django that is never assumed: it requires Python 3.12,
// so pip installs the one before with Python 3.10 and 3.11. That one also has long-term
// support.
var djangoNotAssumed = mustParse("6.0.0")

// djangos are the releases that are known.
var djangos = library{
	name:    "Django",
	setting: "django_version",
	known:   releases("4.2.30", "5.0.14", "5.1.15", "5.2.19", "6.0.10", "6.1.3"),
}

// django returns the facts of a version.
func django(v Version) Django {
	d := Django{
		Version:             v,
		EmailHeaders:        v.sinceFix("5.2.18", "6.0.9", "6.1.2"),
		LimitsPartHeaders:   v.Since(5, 1, 0),
		CutsPartHeaderFirst: v.Since(6, 0, 0),
		StrictBase64:        v.Since(6, 1, 0),
		WholeQuads:          v.sinceFix("5.2.19", "6.0.10", "6.1.3"),
	}
	d.UsesTZ = v.Since(5, 0, 0)
	d.RefusesUnknownCharset = d.EmailHeaders || v.Since(6, 1, 0)
	d.OldestPython = mustParse("3.8")
	switch {
	case v.Since(6, 0, 0):
		d.MaxHeaderLength = 10_000
		d.OldestPython = mustParse("3.12")
	case v.Since(5, 0, 0):
		d.OldestPython = mustParse("3.10")
	}
	return d
}
