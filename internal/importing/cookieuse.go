// SPDX-License-Identifier: Apache-2.0

package importing

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// CookieUse is what the source of a view does with cookies.
type CookieUse struct {
	Reads []*string    `json:"reads"` // names; nil for a computed one
	Sets  []CookieCall `json:"sets"`
}

// CookieCall is a call of set_cookie: its name and those of its options that are given,
// with nil for what is computed.
type CookieCall map[string]any

func (c CookieCall) text(option string) string {
	s, _ := c[option].(string)
	return s
}

// CookieView is a view that is not derived from one of SimpleJWT's, at one path.
type CookieView struct {
	Path    string     `json:"path"`
	View    string     `json:"view"`
	Cookies *CookieUse `json:"cookies"` // nil for none
}

// reads returns the names that are known.
func (u *CookieUse) reads() (names []string) {
	for _, name := range u.Reads {
		if name != nil && *name != "" {
			names = append(names, *name)
		}
	}
	return names
}

// sets returns the names that are known.
func (u *CookieUse) sets() (names []string) {
	for _, call := range u.Sets {
		if name := call.text("name"); name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// jar is what the views of a project do with cookies, all together.
type jar struct {
	about       []string // a sentence for each view
	refreshes   bool     // a refresh view is among them
	logins      []string
	read, names []string // by refresh views, and by any
	set         []CookieCall
}

// jar collects what the project's views do with cookies.
func (v *Verdict) jar() *jar {
	j := new(jar)
	for i := range v.facts.Views {
		view := &v.facts.Views[i]
		path := view.Pattern
		if view.Path != nil {
			path = *view.Path
		}
		j.add(CookieView{path, view.Class, view.Cookies}, view.Kind == "refresh", view.Kind == "obtain" && view.Path != nil)
	}
	for _, view := range v.facts.Unrecognised {
		j.add(view, true, false)
	}
	for _, view := range v.facts.CookieViews {
		j.add(view, false, view.Cookies != nil && len(view.Cookies.Sets) > 0 && !logoutPath.MatchString(view.Path))
	}
	return j
}

var logoutPath = regexp.MustCompile(`(?i)log-?out|revoke|blacklist`)

func (j *jar) add(view CookieView, refresh, login bool) {
	if path := strings.TrimSuffix(view.Path, "/"); login && !slices.Contains(j.logins, path) {
		j.logins = append(j.logins, path)
	}
	use := view.Cookies
	if use == nil {
		return
	}
	reads, sets := use.reads(), use.sets()
	if len(use.Reads)+len(use.Sets) == 0 { // a logout, say
		return
	}
	j.about = append(j.about, fmt.Sprintf("POST %s (%s) reads %s, and sets %s", view.Path, view.View,
		namesOr(reads, len(use.Reads)), namesOr(sets, len(use.Sets))))
	j.set = append(j.set, use.Sets...)
	j.names = slices.Concat(j.names, reads, sets)
	if refresh {
		j.refreshes = true
		j.read = append(j.read, reads...)
	}
}

// namesOr tells the names of cookies that are known, out of so many.
func namesOr(known []string, all int) string {
	switch {
	case all == 0:
		return "no cookie"
	case len(known) == 0:
		return "a cookie with a computed name"
	default:
		return someOf(known)
	}
}

// refresh returns the name of the cookie with the refresh token, or "".
func (j *jar) refresh() string {
	for _, names := range [][]string{j.read, j.names} {
		if i := slices.IndexFunc(names, func(n string) bool { return strings.Contains(strings.ToLower(n), "refresh") }); i >= 0 {
			return names[i]
		}
	}
	if len(j.read) > 0 {
		return j.read[0]
	}
	return ""
}

// access returns the name of another cookie that is set, or "".
func (j *jar) access() string {
	for _, call := range j.set {
		if name := call.text("name"); name != "" && name != j.refresh() {
			return name
		}
	}
	return ""
}

// call returns a call of set_cookie for a name, or nil.
func (j *jar) call(name string) CookieCall {
	for _, call := range j.set {
		if call.text("name") == name {
			return call
		}
	}
	return nil
}
