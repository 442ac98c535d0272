// SPDX-License-Identifier: Apache-2.0

package login

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// otherwise is the cure where obtain_path cannot name the place of a token.
const otherwise = "have the backend answer in JSON with the token alone in a member that obtain_path names, or take the path out of obtain_path " +
	"so that this login keeps its tokens in bodies"

// leak is the error for a refresh token that a script could read.
func (c *Capture) leak(where string) error {
	return fmt.Errorf("the backend's answer to a login at %s has a refresh token %s, where a script could read it, so it was not delivered: %s", c.Path, where, otherwise)
}

// unread is the error for an answer that cannot be searched.
func (c *Capture) unread(what, cure string) error {
	return fmt.Errorf("the backend's answer to a login at %s %s, so nobody can tell whether a refresh token is in it, and it was not delivered: %s", c.Path, what, cure)
}

// foreign is the remark on a member that has something else than a token of ours.
func (c *Capture) foreign() error {
	return fmt.Errorf("the member %s of the backend's answer to a login at %s is no refresh token that our keys verify, so it was left in the body: "+
		"give the edge the key that the backend signs with, or name another member with obtain_path", strings.Join(c.Refresh, "."), c.Path)
}

// leakingHeader returns the name of a header with a refresh token, "" if there is none.
func (x *exchange) leakingHeader(header http.Header) string {
	for _, name := range slices.Sorted(maps.Keys(header)) {
		for _, value := range header[name] {
			if name == "Set-Cookie" && isHTTPOnly(value) {
				continue // no script can read it
			}
			if find([]byte(value), x.isRefresh) {
				return name
			}
		}
	}
	return ""
}

func isHTTPOnly(line string) bool {
	c, err := http.ParseSetCookie(line)
	return err == nil && c.HttpOnly
}

// leakingBody is the error for a body with a refresh token. It names the member where
// that is the cure.
func (x *exchange) leakingBody(body []byte, readable bool) error {
	if !readable {
		return x.leak("in a redirect, or in a body that is not of Content-Type application/json")
	}
	var document any
	if json.Unmarshal(body, &document) != nil {
		return x.leak("in a body that is not JSON")
	}
	place, nameable, _ := x.locate(document)
	member := strings.Join(place, ".")
	switch {
	case !nameable || len(place) == 0:
		return x.leak("in a place that is no member of an object")
	case slices.Equal(place, x.Refresh):
		return x.leak("in the member " + member + " beside other text")
	}
	return fmt.Errorf("the backend's answer to a login at %s has a refresh token in the member %s, where a script could read it, so it was not delivered: "+
		"write obtain_path %[1]s { refresh %[2]s }, and if the token is there twice, have the backend hand it out once", x.Path, member)
}

// locate returns the names that lead to a text with a refresh token. nameable says that
// obtain_path can name it.
func (x *exchange) locate(value any) (place []string, nameable, found bool) {
	switch value := value.(type) {
	case string:
		return nil, true, find([]byte(value), x.isRefresh)
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(value)) {
			if place, nameable, found = x.locate(value[name]); found {
				return slices.Insert(place, 0, name), nameable && name != "" && !strings.Contains(name, "."), true
			}
		}
	case []any:
		for _, element := range value {
			if _, _, found = x.locate(element); found {
				return nil, false, true
			}
		}
	}
	return nil, false, false
}

// isJSON reports whether a body is JSON by its Content-Type (RFC 6839 section 3.1).
func isJSON(header http.Header) bool {
	media, _, _ := strings.Cut(header.Get("Content-Type"), ";")
	media = strings.ToLower(strings.TrimSpace(media))
	return media == "application/json" || strings.HasSuffix(media, "+json")
}

// isEncoded reports whether a body is other bytes than its text.
func isEncoded(header http.Header) bool {
	for _, coding := range header["Content-Encoding"] {
		if coding = strings.ToLower(strings.TrimSpace(coding)); coding != "" && coding != "identity" {
			return true
		}
	}
	return false
}
