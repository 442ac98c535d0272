// SPDX-License-Identifier: Apache-2.0

// Package cookie keeps tokens in cookies that no script can read (RFC 6265bis): it
// writes Set-Cookie, reads our cookies from a request, and cuts them out of it.
package cookie

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// Attributes are what a cookie of ours has beside its value. Path is always / and
// HttpOnly always set.
type Attributes struct {
	Name     string
	Domain   string // Default: the host that sets it, and no other
	SameSite http.SameSite
	Insecure bool // without Secure, for http on a developer's machine
}

// maxLength is the length in bytes of a Set-Cookie header above which browsers drop
// the cookie and say nothing.
const maxLength = 4096

// ErrTooLong says that a browser would drop the cookie.
var ErrTooLong = errors.New("the cookie is longer than 4096 bytes, and browsers drop such a one silently: put fewer claims into the token")

// Set returns the value of a Set-Cookie header that keeps value for that long. The
// error is [ErrTooLong].
func (a *Attributes) Set(value string, keep time.Duration) (string, error) {
	line := a.line(value, int(keep/time.Second))
	if len(line) > maxLength {
		return "", ErrTooLong
	}
	return line, nil
}

// Clear returns the value of a Set-Cookie header that has the browser forget the
// cookie.
func (a *Attributes) Clear() string { return a.line("", 0) }

func (a *Attributes) line(value string, seconds int) string {
	if seconds <= 0 {
		seconds = -1 // which net/http writes as Max-Age=0
	}
	c := http.Cookie{ //nolint:gosec // Secure is left out where the operator says so, with a warning
		Name: a.Name, Value: value, Path: "/", Domain: a.Domain, MaxAge: seconds,
		Secure: !a.Insecure, HttpOnly: true, SameSite: a.SameSite,
	}
	return c.String()
}

// Validate says what a browser would not take, and how to write it.
func (a *Attributes) Validate() error {
	c := http.Cookie{Name: a.Name, Domain: a.Domain, Value: "x"} //nolint:gosec // it is never sent
	host, secure := strings.HasPrefix(strings.ToLower(a.Name), "__host-"), strings.HasPrefix(strings.ToLower(a.Name), "__secure-")
	switch err := c.Valid(); {
	case err != nil:
		return fmt.Errorf("cookie %q with domain %q: %w: write a name without spaces and separators, such as __Host-refresh", a.Name, a.Domain, err)
	case host && a.Domain != "":
		return fmt.Errorf("cookie %s with a domain is dropped by browsers, since __Host- means one host: name it __Secure-%s, or delete domain",
			a.Name, a.Name[len("__Host-"):])
	case a.Domain != "" && !secure && !a.Insecure:
		return fmt.Errorf("cookie %s with a domain can be overwritten from http: name it __Secure-%s", a.Name, a.Name)
	case a.Insecure && (host || secure):
		return fmt.Errorf("cookie %s is dropped by browsers without Secure: choose a name without the prefix, or delete insecure", a.Name)
	}
	return nil
}
