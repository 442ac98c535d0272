// SPDX-License-Identifier: Apache-2.0

package conformance

import (
	"encoding/json"
	"net/url"
	"regexp"
	"strings"
)

var partValue = regexp.MustCompile(`(?s)name="?(?:refresh|token)"?[^\r]*\r\n\r\n(.*?)(?:\r\n--|$)`)

// TokenIn returns the token that a mutated body may still carry, or "".
func TokenIn(r Request) string {
	var object struct{ Refresh, Token string }
	if err := json.Unmarshal([]byte(r.Body), &object); err == nil {
		return strings.TrimSpace(object.Refresh + object.Token)
	}
	if m := partValue.FindAllStringSubmatch(r.Body, -1); len(m) > 0 {
		return strings.TrimSpace(m[len(m)-1][1])
	}
	token := ""
	for pair := range strings.SplitSeq(r.Body, "&") {
		name, value, _ := strings.Cut(pair, "=")
		if name, err := url.QueryUnescape(name); err == nil && (name == "refresh" || name == "token") {
			token = value
			if plain, err := url.QueryUnescape(value); err == nil {
				token = plain
			}
		}
	}
	return strings.TrimSpace(token)
}
