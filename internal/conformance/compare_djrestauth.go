// SPDX-License-Identifier: Apache-2.0

package conformance

import (
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"strings"
	"time"
)

var (
	tokenCookie   = regexp.MustCompile(`\b(app-auth|refresh-token)=([^;, ]+)`)
	cookieExpires = regexp.MustCompile(`\bexpires=([^;]+)`)
	expiration    = regexp.MustCompile(`"(access|refresh)_expiration"(: ?)"([-0-9]{10}T[0-9:]{8})(\.[0-9]{6})?(Z?)"`)
)

// alike returns the answer with words in the place of what the clock decides: tokens in
// cookies, and the moments in cookies and in the body, which it returns as well.
func alike(a Answer) (Answer, []time.Time) {
	var moments []time.Time
	note := func(layout, text string) {
		t, _ := time.Parse(layout, text) // the zero time is near no other one
		moments = append(moments, t)
	}
	if lines, ok := a.Headers["Set-Cookie"]; ok {
		for _, m := range cookieExpires.FindAllStringSubmatch(lines, -1) {
			note(http.TimeFormat, m[1])
		}
		headers := maps.Clone(a.Headers)
		lines = tokenCookie.ReplaceAllString(lines, "$1=<token>")
		headers["Set-Cookie"] = cookieExpires.ReplaceAllString(lines, "expires=<moment>")
		a.Headers = headers
	}
	for _, m := range expiration.FindAllStringSubmatch(a.Body, -1) {
		note("2006-01-02T15:04:05", m[3])
	}
	// One time in a million there is no fraction.
	a.Body = expiration.ReplaceAllString(a.Body, `"$1_expiration"$2"<moment>$5"`)
	return a, moments
}

// sameMoments wants two answers to name moments that are some seconds apart at most.
func sameMoments(django, edge []time.Time) error {
	if len(django) != len(edge) {
		return fmt.Errorf("%d moments, want %d", len(edge), len(django))
	}
	for i, t := range django {
		if d := edge[i].Sub(t).Abs(); d > clockSlack*time.Second || t.IsZero() {
			return fmt.Errorf("moment %d is %v, want %v", i, edge[i], t)
		}
	}
	return nil
}

// cookieTokens returns the tokens that an answer sets cookies to.
func cookieTokens(a Answer) []string {
	var out []string
	for _, m := range tokenCookie.FindAllStringSubmatch(a.Headers["Set-Cookie"], -1) {
		out = append(out, strings.Trim(m[2], `"`))
	}
	return out
}
