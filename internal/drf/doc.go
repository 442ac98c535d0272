// SPDX-License-Identifier: Apache-2.0

// Package drf reads a request and writes an answer as Django REST Framework
// does, with its default parsers (JSON, form, multipart), its JSON renderer and
// one serializer that has a single required CharField.
//
// It follows the rest_framework and the Django of the release that it is given,
// from 3.14 and 4.2 on, in the order of their checks: the Accept header (406, or
// 404 for ?format=), the Content-Type (415), the body (400), the field (400). The
// comments of its functions name the differences.
//
// A [Scratch] holds the memory of one request, so that reading a common request
// allocates nothing.
package drf
