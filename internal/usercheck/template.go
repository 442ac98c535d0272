// SPDX-License-Identifier: Apache-2.0

package usercheck

import (
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/caddyrefresh/caddyrefresh/store/setting"
)

// userID is what stands for the user's id in the URL.
const userID = "{user_id}"

// maxUserID bounds the length of an id in bytes, and so that of a request line.
const maxUserID = 1024

// template is a URL with a gap for a user id.
type template struct {
	before, after string // the gap

	// What surrounds the gap in its path segment, decoded.
	head, tail string
}

// parseTemplate reads a URL and replaces the placeholders around {user_id}.
func parseTemplate(raw string) (template, error) {
	before, after, found := strings.Cut(raw, userID)
	if !found || strings.Contains(after, userID) {
		return template{}, fmt.Errorf("the URL needs %s once: write https://host/internal/users/%[1]s", userID)
	}
	t := template{before: before, after: after}
	for _, part := range []*string{&t.before, &t.after} {
		if *part == "" {
			continue
		}
		var err error
		if *part, err = setting.Resolve("the URL", *part); err != nil {
			return template{}, err
		}
		*part = strings.TrimSpace(*part) // of the end of a file
	}
	const gap = "~" // a path never escapes it
	u, err := url.Parse(t.before + gap + t.after)
	switch {
	case err != nil: // the error would quote the URL
		return template{}, errors.New("that is not a URL: write https://host/internal/users/" + userID)
	case u.Scheme != "https" && u.Scheme != "http":
		return template{}, errors.New("the URL begins with neither https:// nor http://: write https://host/internal/users/" + userID)
	case u.User != nil:
		return template{}, errors.New("the URL has a user or a password, which the log of a proxy may show: " +
			"delete them, and send a secret with header Authorization {env.NAME}")
	case u.Hostname() == "" || strings.Contains(u.Host, gap):
		return template{}, errors.New("the URL has no host of its own: write https://host/internal/users/" + userID)
	case u.Fragment != "" || strings.Contains(t.before+t.after, "#"):
		return template{}, errors.New("the URL has a fragment, which is never sent: delete # and what follows")
	case strings.ContainsRune(t.before, '?'):
		return template{}, errors.New("the URL has " + userID + " in its query, where nothing keeps an odd id apart from the other parameters: move it into the path")
	}
	path, _, _ := strings.Cut(t.after, "?")
	tail, _, _ := strings.Cut(path, "/")
	t.tail, err = url.PathUnescape(tail)
	if err != nil {
		return template{}, errors.New("that is not a URL: write https://host/internal/users/" + userID)
	}
	t.head, err = url.PathUnescape(t.before[strings.LastIndexByte(t.before, '/')+1:])
	if err != nil {
		return template{}, errors.New("that is not a URL: write https://host/internal/users/" + userID)
	}
	return t, nil
}

// errDots means that the URL for a user would name another path.
var errDots = errors.New("the id of the token's user is a dot or two, which as a segment of a path lead elsewhere: " +
	"write a letter before " + userID + " in the URL, such as /users/u-" + userID + ", and in the view's pattern")

var errLong = fmt.Errorf("the id of the token's user has more than %d bytes, too many for a URL", maxUserID)

// fill returns the URL for a user. The id stays within its path segment, whatever it
// holds.
func (t *template) fill(user string) (string, error) {
	segment := t.head + user + t.tail
	switch {
	case segment == "." || segment == "..": // RFC 3986 section 5.2.4, also where they are escaped
		return "", errDots
	case len(user) > maxUserID:
		return "", errLong
	}
	return t.before + url.PathEscape(user) + t.after, nil
}
