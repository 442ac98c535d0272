// SPDX-License-Identifier: Apache-2.0

package compare

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/caddyrefresh/caddyrefresh/internal/pyjson"
)

// rows are the rows of docs/parity.md that a difference may come of, by their ids.
// Each one is recognised by what the row says of both sides, so that it does not
// excuse anything else.
var rows = []struct {
	id      string
	applies func(x *Exchange, d *difference) bool
}{
	{"early-data", func(x *Exchange, _ *difference) bool { return x.Request.EarlyData }},
	{"user-check", func(x *Exchange, _ *difference) bool {
		return x.Edge.Outcome == "user_check_error" || x.Site.AsksUsers && x.Edge.Outcome == "user_refused" && x.answered(200)
	}},
	{"store-down", func(x *Exchange, _ *difference) bool { return x.Edge.Outcome == "store_error" && x.Site.HasStore }},
	{"jwk-url", func(x *Exchange, _ *difference) bool { return x.Edge.Outcome == "store_error" }},
	{"strict-token", func(x *Exchange, d *difference) bool {
		return x.Edge.Outcome == "invalid" && d.otherVerdict() && (StrictReason(x.Request.Token) != "" || x.partOfIssuer())
	}},
	{"jti", func(x *Exchange, d *difference) bool {
		return x.Edge.Outcome == "invalid" && x.Site.HasStore && d.otherVerdict() && !x.storable()
	}},
	{"previous-key", func(x *Exchange, _ *difference) bool {
		return x.Edge.PreviousSigner && x.Edge.Status == 200 && x.answered(401)
	}},
	{"session-end", func(x *Exchange, d *difference) bool {
		return x.Site.SessionsEnd && x.answered(200) && (x.Edge.Outcome == "expired" || onlyNames(d.names,
			"access.session_start", "refresh.session_start", "access.exp", "refresh.exp"))
	}},
	{"password-change", func(x *Exchange, _ *difference) bool { return x.Edge.PasswordChanged && x.answered(200) }},
	{"logout-elsewhere", func(x *Exchange, _ *difference) bool {
		return x.Site.HasStore && !x.Site.SharesBackend && x.Edge.Status == 200 && x.answered(400, 401) && x.says(x.Site.Blacklisted)
	}},
	{"odd-user", func(x *Exchange, _ *difference) bool {
		return x.Request.Endpoint == "blacklist" && x.Site.SharesBackend && x.Edge.Status == 200 && x.answered(400)
	}},
	{"user-state", func(x *Exchange, _ *difference) bool {
		return !x.Site.SeesUsers && x.Edge.Status == 200 && (x.answered(401) && x.says(x.Site.NoActiveAccount) ||
			x.answered(400) && x.says("is not a valid UUID."))
	}},
	{"store-clock", func(x *Exchange, d *difference) bool {
		return x.Edge.ClockApart && onlyNames(d.names, "access.iat", "refresh.iat")
	}},
	{"chunked", func(x *Exchange, _ *difference) bool {
		return x.Request.Chunked && x.answered(400) && x.says("This field is required.")
	}},
	{"no-slash", func(x *Exchange, _ *difference) bool {
		return x.answered(301, 302, 307, 308) && !strings.HasSuffix(x.Request.Path, "/")
	}},
	{"parse-text", func(x *Exchange, _ *difference) bool {
		return parser(x.Django) != "" && parser(x.Django) == parser(x.Edge.Answer)
	}},
	{"accept-html", func(x *Exchange, _ *difference) bool {
		return x.asksForPage() && x.Django.Status == x.Edge.Status && isPage(x.Django)
	}},
	{"django-limits", func(x *Exchange, _ *difference) bool {
		return x.answered(400) && isPage(x.Django) && x.Edge.Status == 400
	}},
	{"accept-ties", func(x *Exchange, d *difference) bool {
		return onlyNames(d.names, "body") && strings.Count(x.Request.Accept, "indent") > 1 && bytes.Equal(compact(x.Django.Body), compact(x.Edge.Body))
	}},
	{"multipart", func(x *Exchange, _ *difference) bool {
		return x.Edge.Outcome == "bad_request" && strings.HasPrefix(strings.ToLower(x.Request.ContentType), "multipart/")
	}},
	{"body-encoding", func(x *Exchange, _ *difference) bool { return x.oddCharset() }},
	{"middleware", func(x *Exchange, _ *difference) bool { return x.answered(http.StatusTooManyRequests) }},
}

// row returns the row that describes a difference, or "".
func (x *Exchange) row(d *difference) string {
	if len(d.names) == 0 {
		return d.row
	}
	for _, r := range rows {
		if r.applies(x, d) {
			return r.id
		}
	}
	return ""
}

// otherVerdict reports whether Django judged the token otherwise: it took it, or it
// refused it in other words.
func (d *difference) otherVerdict() bool {
	switch d.x.Django.Status {
	case http.StatusOK, http.StatusBadRequest:
		return slices.Contains(d.names, "status")
	case http.StatusUnauthorized:
		return !slices.ContainsFunc(d.names, func(name string) bool { return !strings.HasPrefix(name, "body.") })
	default:
		return false
	}
}

func (x *Exchange) answered(statuses ...int) bool { return slices.Contains(statuses, x.Django.Status) }

// says reports whether a text of Django's answer is or ends with that one.
func (x *Exchange) says(text string) bool {
	return text != "" && bytes.Contains(x.Django.Body, pyjson.AppendQuoteUTF8(nil, text)[1:])
}

// partOfIssuer reports whether the token's iss is a mere part of the issuer, which
// PyJWT 2.10.0 takes for it (CVE-2024-53861).
func (x *Exchange) partOfIssuer() bool {
	claims, err := claimsOf(x.Request.Token)
	if err != nil {
		return false
	}
	m, _ := member(claims, "iss")
	var issuer string
	return json.Unmarshal([]byte(m.Raw), &issuer) == nil && issuer != x.Site.Issuer && strings.Contains(x.Site.Issuer, issuer)
}

// storable reports whether a store can remember the token by its jti.
func (x *Exchange) storable() bool {
	claims, err := claimsOf(x.Request.Token)
	if err != nil {
		return true // that is another reason
	}
	m, ok := member(claims, x.Site.JTIClaim)
	if !ok || pyjson.KindOf([]byte(m.Raw)) != pyjson.String {
		return false
	}
	var text string
	if json.Unmarshal([]byte(m.Raw), &text) != nil {
		return true
	}
	return text != "" && len(text) <= 255 && !strings.ContainsRune(text, 0) && !strings.ContainsRune(text, '\ufffd')
}

func onlyNames(names []string, allowed ...string) bool {
	return len(names) > 0 && !slices.ContainsFunc(names, func(n string) bool { return !slices.Contains(allowed, n) })
}

// parser returns what an answer says could not be parsed.
func parser(a Answer) string {
	var body struct{ Detail string }
	if a.Status != http.StatusBadRequest || json.Unmarshal(a.Body, &body) != nil {
		return ""
	}
	for _, prefix := range []string{"JSON parse error - ", "Multipart form parse error - "} {
		if strings.HasPrefix(body.Detail, prefix) {
			return prefix
		}
	}
	return ""
}

func isPage(a Answer) bool { return strings.HasPrefix(a.Header.Get("Content-Type"), "text/html") }

// asksForPage reports whether the client may have asked for the browsable API.
func (x *Exchange) asksForPage() bool {
	return strings.Contains(strings.ToLower(x.Request.Accept), "text/") || strings.Contains(x.Request.Query, "format")
}

func compact(body []byte) []byte {
	var b bytes.Buffer
	if json.Compact(&b, body) != nil {
		return body
	}
	return b.Bytes()
}

// usualCharsets are those that the edge reads as Python does.
var usualCharsets = []string{
	"", "utf-8", "utf8", "ascii", "us-ascii", "latin-1", "latin1", "iso-8859-1",
	"utf-16", "utf-16le", "utf-16be", "utf-32", "utf-32le", "utf-32be",
}

// oddCharset reports whether the body names a charset that is not one of these.
func (x *Exchange) oddCharset() bool {
	_, after, _ := strings.Cut(strings.ToLower(x.Request.ContentType), "charset=")
	name, _, _ := strings.Cut(after, ";")
	return !slices.Contains(usualCharsets, strings.Trim(strings.ReplaceAll(name, "_", "-"), ` "'`))
}
