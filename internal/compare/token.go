// SPDX-License-Identifier: Apache-2.0

package compare

import (
	"encoding/json"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/caddyrefresh/caddyrefresh/internal/pyjson"
)

// token compares two tokens that were made for one request: their headers, and
// their claims in order and spelling. Signatures differ since the jti does.
func (d *difference) token(kind, django, edge string) {
	wantHeader, _, _ := strings.Cut(django, ".")
	gotHeader, _, _ := strings.Cut(edge, ".")
	if wantHeader != gotHeader {
		d.add(kind + ".header")
	}
	want, err1 := claimsOf(django)
	got, err2 := claimsOf(edge)
	if err1 != nil || err2 != nil {
		d.add(kind)
		return
	}
	missing := apart(want, got)
	for _, name := range missing {
		d.add(kind + "." + name)
	}
	for i, w := range want {
		g, ok := member(got, w.Name)
		switch {
		case !ok:
			continue
		case !d.sameClaim(w, g):
			d.add(kind + "." + w.Name)
		}
		if len(missing) == 0 && i < len(got) && got[i].Name != w.Name {
			d.add(kind + " claims in another order")
			return
		}
	}
}

func claimsOf(token string) ([]Member, error) {
	payload, err := Payload(token)
	if err != nil {
		return nil, err
	}
	return Members(payload)
}

// drawn is the shape of the jti that both sides draw: the hex digits of a UUID.
var drawn = regexp.MustCompile(`^"[0-9a-f]{32}"$`)

func (d *difference) sameClaim(want, got Member) bool {
	switch {
	case want.Name == d.x.Site.JTIClaim && want.Raw != got.Raw:
		return drawn.MatchString(want.Raw) == drawn.MatchString(got.Raw)
	case (want.Name == "exp" || want.Name == "iat") && want.Raw != got.Raw:
		return d.sameTime(want.Raw, got.Raw)
	case want.Raw == got.Raw && want.RawName == got.RawName:
		return true
	case !sameValue(want.Raw, got.Raw):
		return false
	default:
		d.row = "claim-spelling"
		return true
	}
}

// sameExpiration compares times as REST framework writes them: both with a Z, or both
// local.
func (d *difference) sameExpiration(django, edge string) bool {
	w, utc1 := strings.CutSuffix(unquoted(django), "Z")
	g, utc2 := strings.CutSuffix(unquoted(edge), "Z")
	const layout = "2006-01-02T15:04:05.999999"
	want, err1 := time.Parse(layout, w)
	got, err2 := time.Parse(layout, g)
	return err1 == nil && err2 == nil && utc1 == utc2 && d.sameSecond(want.Unix(), got.Unix())
}

// sameTime compares times that each side took from its own clock: the edge when
// the request came, Django at some time until its answer.
func (d *difference) sameTime(django, edge string) bool {
	w, err1 := strconv.ParseInt(django, 10, 64)
	g, err2 := strconv.ParseInt(edge, 10, 64)
	return err1 == nil && err2 == nil && d.sameSecond(w, g)
}

func (d *difference) sameSecond(django, edge int64) bool {
	slack := int64(Slack.Seconds())
	return django >= edge-slack && django <= edge+slack+int64(d.x.Took.Seconds())+1
}

// sameValue reports whether Python reads two JSON texts as one value.
func sameValue(a, b string) bool {
	if a == b {
		return true
	}
	for _, text := range []string{a, b} {
		if _, err := pyjson.Value([]byte(text), pyjson.Constants); err != nil {
			return false
		}
	}
	if kindOf(a) == kindOf(b) && pyjson.Str([]byte(a)) == pyjson.Str([]byte(b)) {
		return true
	}
	x, ok1 := decoded(a) // of a member that is there twice the last one counts
	y, ok2 := decoded(b)
	return ok1 && ok2 && reflect.DeepEqual(x, y)
}

// kindOf is the kind of what Python makes of a text: NaN and Infinity are floats, and
// so is a number that is too large for one.
func kindOf(text string) pyjson.Kind {
	if kind := pyjson.KindOf([]byte(text)); kind != pyjson.Constant {
		return kind
	}
	return pyjson.Float
}

func decoded(text string) (value any, ok bool) {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	return value, d.Decode(&value) == nil
}

// secondOf returns a time that a token names, in whole seconds, whoever signed it.
func secondOf(token, name string) (int64, bool) {
	claims, err := claimsOf(token)
	if err != nil {
		return 0, false
	}
	m, _ := member(claims, name)
	f, err := strconv.ParseFloat(m.Raw, 64)
	return int64(f), err == nil
}
