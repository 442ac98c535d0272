// SPDX-License-Identifier: Apache-2.0

package importing

import (
	"maps"
	"regexp"
	"slices"
	"strings"
)

// quietMiddleware changes no answer of a token endpoint, or the site does the same.
var quietMiddleware = []string{
	"django.middleware.security.SecurityMiddleware",
	"django.contrib.sessions.middleware.SessionMiddleware",
	"django.middleware.common.CommonMiddleware",
	"django.middleware.csrf.CsrfViewMiddleware",
	"django.contrib.auth.middleware.AuthenticationMiddleware",
	"django.contrib.messages.middleware.MessageMiddleware",
	"django.middleware.clickjacking.XFrameOptionsMiddleware",
	"django.middleware.locale.LocaleMiddleware",
	"django.middleware.http.ConditionalGetMiddleware",
	"corsheaders.middleware.CorsMiddleware",
	"corsheaders.middleware.CorsPostCsrfMiddleware",
	"whitenoise.middleware.WhiteNoiseMiddleware",
}

// around reports the middleware that the edge's answers do not pass.
func (v *Verdict) around() {
	var others []string
	for _, name := range v.facts.Middleware {
		switch {
		case name == "django.middleware.gzip.GZipMiddleware":
			v.differs("the edge does not compress its answers, and GZipMiddleware compresses those above 200 bytes: write encode into the site")
		case !slices.Contains(quietMiddleware, name):
			others = append(others, name)
		}
	}
	if len(others) > 0 {
		v.differs("the edge's answers do not pass through the project's middleware: %s", someOf(others))
	}
	if slices.ContainsFunc(v.servedViews(), func(view *View) bool { return view.ByLanguage }) {
		v.differs("the edge sets no Content-Language, and LocaleMiddleware does")
	}
	if len(v.facts.Security) > 0 {
		v.carries("the headers of Django's security middleware: %s", strings.Join(slices.Sorted(maps.Keys(v.facts.Security)), ", "))
	}
	v.cors()
}

// servedViews returns the views that the edge answers for.
func (v *Verdict) servedViews() []*View {
	var served []*View
	paths := slices.Concat(v.refresh, v.verify, v.sliding)
	if v.second != nil {
		paths = append(paths, v.second.refresh...)
	}
	for i := range v.facts.Views {
		view := &v.facts.Views[i]
		if view.Path == nil {
			continue
		}
		if path := strings.TrimSuffix(*view.Path, "/"); slices.Contains(paths, path) {
			served = append(served, view)
		}
	}
	return served
}

// cors reports where Caddy cannot judge origins as the project does.
func (v *Verdict) cors() {
	c := v.facts.CORS
	if c == nil {
		return
	}
	if v.trusts {
		v.carries("the headers of django-cors-headers, by trusted_origins, and preflights (OPTIONS) of the endpoints")
		return
	}
	v.carries("the headers of django-cors-headers; preflights (OPTIONS) go to Django")
	if c.Signal {
		v.differs("a receiver of check_request_enabled decides on origins in Python: the edge does not call it")
	}
	if c.Flags {
		v.differs("CORS_ALLOWED_ORIGIN_REGEXES has flags, and is left out")
	}
	if _, err := regexp.Compile(originPattern(c)); err != nil {
		v.differs("CORS_ALLOWED_ORIGIN_REGEXES uses syntax that Go's regular expressions lack, and is left out")
	}
}

// originPattern returns the pattern that an origin has to match from its start.
func originPattern(c *CORS) string {
	return "^(?:" + strings.Join(c.Patterns, "|") + ")"
}

// onlyOwn limits a header directive to the edge's own answers. An answer of Django has
// passed reverse_proxy, which adds Via, and has the headers already: it would get a
// second Vary.
const onlyOwn = "match header !Via"

// headerLines returns the header directives that stand for Django's middleware.
func (v *Verdict) headerLines() []string {
	var out []string
	for _, group := range v.groups() {
		out = append(out, "@"+group.name+" {", "method POST", "path "+quoteAll(group.paths(v.facts.ScriptName)), "}")
		out = append(out, "header @"+group.name+" {")
		for _, name := range slices.Sorted(maps.Keys(v.facts.Security)) {
			out = append(out, name+" "+quote(v.facts.Security[name]))
		}
		for _, vary := range group.vary {
			out = append(out, "+Vary "+vary)
		}
		out = append(out, onlyOwn, "}")
	}
	return append(out, v.originLines()...)
}

// group is endpoints whose answers get the same headers.
type group struct {
	name  string
	vary  []string
	views []*View
}

func (g *group) paths(scriptName string) []string {
	var all []string
	for _, view := range g.views {
		path := strings.TrimSuffix(*view.Path, "/")
		all = append(all, path, path+"/")
		if prefix := strings.TrimSuffix(scriptName, "/"); prefix != "" {
			all = append(all, prefix+path, prefix+path+"/")
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// groups puts endpoints with the same Vary into one group. The last middleware in the
// list adds its names to Vary first.
func (v *Verdict) groups() []*group {
	var groups []*group
	for _, view := range v.servedViews() {
		var vary []string
		for _, name := range slices.Backward(v.facts.Middleware) {
			switch {
			case strings.HasSuffix(name, ".LocaleMiddleware") && view.ByLanguage:
				vary = append(vary, "Accept-Language")
			case strings.HasPrefix(name, "corsheaders.middleware.") && view.CORS && !v.trusts:
				vary = append(vary, "origin")
			}
		}
		if len(vary) == 0 && len(v.facts.Security) == 0 {
			continue
		}
		i := slices.IndexFunc(groups, func(g *group) bool { return slices.Equal(g.vary, vary) })
		if i < 0 {
			i = len(groups)
			groups = append(groups, &group{name: "token_refresh" + strings.Repeat("_more", i), vary: vary})
		}
		groups[i].views = append(groups[i].views, view)
	}
	return groups
}

// originLines returns the lines that answer a known origin as django-cors-headers does.
func (v *Verdict) originLines() []string {
	c := v.facts.CORS
	enabled := &group{}
	for _, view := range v.servedViews() {
		if view.CORS {
			enabled.views = append(enabled.views, view)
		}
	}
	if c == nil || len(enabled.views) == 0 || v.trusts {
		return nil
	}
	value := "{http.request.header.Origin}"
	if c.All && !c.Credentials {
		value = "*"
	}
	headers := []string{"Access-Control-Allow-Origin " + value}
	if c.Credentials {
		headers = append(headers, "Access-Control-Allow-Credentials true")
	}
	if len(c.Expose) > 0 {
		headers = append(headers, "Access-Control-Expose-Headers "+quote(strings.Join(c.Expose, ", ")))
	}
	var out []string
	for _, known := range c.matchers() {
		out = append(out, "@"+known.name+" {", "method POST", "path "+quoteAll(enabled.paths(v.facts.ScriptName)))
		out = append(out, known.lines...)
		out = append(out, "}", "header @"+known.name+" {")
		out = append(out, headers...)
		out = append(out, onlyOwn, "}")
	}
	return out
}

// matcher is one way to recognize an origin.
type matcher struct {
	name  string
	lines []string
}

func (c *CORS) matchers() []matcher {
	if c.All {
		return []matcher{{"any_origin", []string{"header Origin *"}}}
	}
	var all []matcher
	named := matcher{name: "known_origin"}
	for _, origin := range c.Origins {
		if !strings.Contains(origin, "*") { // which Caddy would take for any text, and Django does not
			named.lines = append(named.lines, "header Origin "+quote(origin))
		}
	}
	if len(named.lines) > 0 {
		all = append(all, named)
	}
	if _, err := regexp.Compile(originPattern(c)); err == nil && len(c.Patterns) > 0 && !c.Flags {
		all = append(all, matcher{"origin_pattern", []string{"header_regexp Origin " + quote(originPattern(c))}})
	}
	return all
}
