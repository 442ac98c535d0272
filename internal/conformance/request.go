// SPDX-License-Identifier: Apache-2.0

package conformance

import (
	"fmt"
	"slices"
	"strings"
)

// Request is a request as it is written to the wire. The zero value of a field
// says what a plain client would.
type Request struct {
	Method  string // "" is POST
	Target  string
	Headers [][2]string // name and value, in order, as they are
	Body    string

	NoLength bool // no Content-Length
	Chunked  bool // Transfer-Encoding: chunked, in two chunks
}

// Header returns the request with one header set: in the place of the headers
// of that name, or at the end. An empty name of a value takes it away.
func (r Request) Header(name, value string) Request {
	r = r.WithoutHeader(name)
	r.Headers = append(r.Headers, [2]string{name, value})
	return r
}

// WithoutHeader returns the request without the headers of that name.
func (r Request) WithoutHeader(name string) Request {
	r.Headers = slices.DeleteFunc(slices.Clone(r.Headers), func(h [2]string) bool { return strings.EqualFold(h[0], name) })
	return r
}

// With returns the request with a header more.
func (r Request) With(name, value string) Request {
	r.Headers = append(slices.Clone(r.Headers), [2]string{name, value})
	return r
}

// At returns the request with another target.
func (r Request) At(target string) Request {
	r.Target = target
	return r
}

// Bytes returns the request message (RFC 9112). The extra headers come last.
func (r Request) Bytes(extra ...[2]string) []byte {
	var b strings.Builder
	method := r.Method
	if method == "" {
		method = "POST"
	}
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: edge.example\r\n", method, r.Target)
	for _, h := range append(slices.Clone(r.Headers), extra...) {
		fmt.Fprintf(&b, "%s: %s\r\n", h[0], h[1])
	}
	switch {
	case r.Chunked:
		b.WriteString("Transfer-Encoding: chunked\r\n\r\n")
		half := len(r.Body) / 2
		for _, chunk := range []string{r.Body[:half], r.Body[half:]} {
			if chunk != "" {
				fmt.Fprintf(&b, "%x\r\n%s\r\n", len(chunk), chunk)
			}
		}
		b.WriteString("0\r\n\r\n")
	case r.NoLength:
		b.WriteString("\r\n")
	default:
		fmt.Fprintf(&b, "Content-Length: %d\r\n\r\n%s", len(r.Body), r.Body)
	}
	return []byte(b.String())
}

// JSON returns a POST of a JSON body.
func JSON(target, body string) Request {
	return Request{
		Target:  target,
		Headers: [][2]string{{"Accept", "application/json"}, {"Content-Type", "application/json"}},
		Body:    body,
	}
}

// Form returns a POST of a form.
func Form(target, body string) Request {
	return JSON(target, body).Header("Content-Type", "application/x-www-form-urlencoded")
}

// Multipart returns a POST of a multipart body whose boundary is "b".
func Multipart(target, body string) Request {
	return JSON(target, body).Header("Content-Type", "multipart/form-data; boundary=b")
}

// Part is one part of a [Multipart] body.
func Part(disposition, value string) string {
	return "--b\r\nContent-Disposition: form-data; " + disposition + "\r\n\r\n" + value + "\r\n"
}
