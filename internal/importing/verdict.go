// SPDX-License-Identifier: Apache-2.0

package importing

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/caddyrefresh/caddyrefresh/internal/release"
)

// Options are the settings that the project's facts do not have.
type Options struct {
	Address string // of the site; "" is the first of ALLOWED_HOSTS
	Backend string // where Django listens; "" is 127.0.0.1:8000
	Name    string // of the handler
}

// Verdict says what the edge can answer for a project, and how to configure it.
type Verdict struct {
	Report

	// Site is the Caddyfile. It is empty if the endpoint has to stay with Django.
	Site string

	lines, store []line
	dj           []line // of the dj_rest_auth block
	// Paths that the edge answers, and those that stay with Django.
	refresh, verify, sliding, left []string

	versions  release.Versions
	seesUsers bool
	ownWords  bool // the project words its refusals itself

	djRestAuth bool // the edge answers for dj-rest-auth's refresh view

	second   *Verdict // of the block for dj-rest-auth's view beside SimpleJWT's; nil for none
	isSecond bool     // this is such a one
	trusts   bool     // trusted_origins stands for django-cors-headers
	facts    *Facts
}

// line is one line of the token_refresh block, or of a block in it.
type line struct {
	name string
	args []string
	want any    // the line's value in JSON
	from string // the comment behind it
}

// Judge decides what the edge can answer for a project.
func Judge(f *Facts, o Options) *Verdict {
	v := &Verdict{facts: f}
	if f.hasBoth() {
		v.second = &Verdict{facts: f.djAlone(), isSecond: true}
		v.second.judge()
	}
	v.judge()
	v.addSecond()
	if len(v.Stays) == 0 {
		v.Site = v.site(o)
	}
	return v
}

// judge fills the lines and the report.
func (v *Verdict) judge() {
	r := v.release()
	if r == nil {
		return
	}
	v.endpoints()
	v.claims()
	v.key()
	v.lifetimes()
	v.users(r)
	v.language()
	v.restAuth(r)
	v.around()
	v.instead()
}

// add writes a line with one text.
func (v *Verdict) add(name, value, from string) {
	v.lines = append(v.lines, line{name, []string{value}, value, from})
}

// addTexts writes a line with several texts.
func (v *Verdict) addTexts(name string, values []string, from string) {
	list := make([]any, len(values))
	for i, value := range values {
		list[i] = value
	}
	v.lines = append(v.lines, line{name, values, list, from})
}

// addSwitch writes a line without a value, which switches something on.
func (v *Verdict) addSwitch(name, from string) {
	v.lines = append(v.lines, line{name, nil, true, from})
}

// leadingVersion matches the numbers of a version, without a suffix such as rc1 or
// .post1.
var leadingVersion = regexp.MustCompile(`^\d{1,4}\.\d{1,4}(\.\d{1,4})?`)

// release finds the project's releases, and writes the lines of their versions.
func (v *Verdict) release() *release.Release {
	var versions release.Versions
	for _, library := range []struct {
		name, setting, known string
		into                 *string
	}{
		{"djangorestframework-simplejwt", "simplejwt_version", "SimpleJWT", &versions.SimpleJWT},
		{"pyjwt", "pyjwt_version", "PyJWT", &versions.PyJWT},
		{"djangorestframework", "drf_version", "Django REST framework", &versions.DRF},
		{"django", "django_version", "Django", &versions.Django},
	} {
		version := leadingVersion.FindString(v.facts.Versions[library.name])
		if version == "" {
			v.stays("the version of %s is not known: the edge has to know it to answer as that release does", library.known)
			continue
		}
		if strings.Count(version, ".") == 1 { // Python's own way to write 5.2.0
			version += ".0"
		}
		*library.into = version
		v.add(library.setting, version, "pip freeze: "+library.known)
	}
	if len(v.Stays) > 0 {
		return nil
	}
	r, remarks, err := release.Find(versions)
	if err != nil {
		v.stays("%v", err)
		return nil
	}
	for _, remark := range slices.Concat(remarks.Newer, remarks.Apart) {
		v.differs("%s", remark)
	}
	v.versions = versions
	v.carries("%s", versions)
	return r
}

// language has the backend word the refusals that the edge would word differently. Both
// sides know the same spent tokens, since the site has the django store, or none.
func (v *Verdict) language() {
	var from, why []string
	if handler := v.facts.RESTFramework.ExceptionHandler; handler != "rest_framework.views.exception_handler" {
		from, why = append(from, "EXCEPTION_HANDLER"), append(why, "EXCEPTION_HANDLER is "+handler)
	}
	if translated := v.facts.Locale.Translated; len(translated) > 0 {
		from, why = append(from, "LANGUAGE_CODE and LANGUAGES"), append(why, fmt.Sprintf("refusals are translated (%s)", someOf(translated)))
	}
	if len(why) == 0 {
		return
	}
	v.ownWords = true
	v.add("refusals", "backend", strings.Join(from, ", "))
	v.carries("refusals in the project's own words, which Django goes on writing (docs/refusals.md): %s", strings.Join(why, ", "))
}

// someOf names the first few of a list.
func someOf(all []string) string {
	const most = 5
	if len(all) > most {
		return fmt.Sprintf("%s and %d more", strings.Join(all[:most], ", "), len(all)-most)
	}
	return strings.Join(all, ", ")
}
