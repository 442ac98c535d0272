// SPDX-License-Identifier: Apache-2.0

package importing

import (
	"fmt"
	"slices"
	"strings"

	"github.com/caddyrefresh/caddyrefresh/internal/origin"
)

// trustedOrigins writes trusted_origins if django-cors-headers names each origin whose
// pages may use cookies. The line then stands for its headers, too. An origin that only
// CSRF_TRUSTED_ORIGINS has is left out: its pages cannot read an answer in Django, and
// with the line they could.
func (v *Verdict) trustedOrigins() {
	c := v.facts.CORS
	switch {
	case c == nil || !c.Credentials || len(c.Origins) == 0 && len(c.Patterns) == 0 && !c.All:
		v.better("trusted_origins with the origin of the site refuses a refresh with cookies that a page of another origin has made, and dj-rest-auth answers it")
		return
	case v.isSecond || c.All || len(c.Patterns) > 0 || c.Signal || slices.ContainsFunc(v.servedViews(), func(view *View) bool { return !view.CORS }):
		v.better("trusted_origins refuses a refresh with cookies that a page of another origin has made: it takes exact origins and holds for all endpoints, " +
			"so name those of CORS_ALLOWED_ORIGIN_REGEXES, and delete the matchers of Origin above token_refresh")
		return
	}
	var trusted, odd []string
	for _, o := range c.Origins {
		switch _, err := origin.Parse([]string{o}); {
		case err != nil:
			odd = append(odd, o)
		case !slices.Contains(trusted, o):
			trusted = append(trusted, o)
		}
	}
	if len(odd) > 0 {
		v.differs("CORS_ALLOWED_ORIGINS has what no browser sends as an origin, and it is left out: %s", someOf(odd))
	}
	if len(trusted) == 0 {
		return
	}
	v.trusts = true
	v.addTexts("trusted_origins", trusted, "CORS_ALLOWED_ORIGINS")
	v.differs("a refresh with cookies by a page of an origin that is neither the site's nor in trusted_origins gets 403, and dj-rest-auth answers it: delete the line where that is wanted")
	var forms []string
	for _, o := range v.facts.CSRFTrustedOrigins {
		if !slices.Contains(trusted, o) && !v.isOwn(o) {
			forms = append(forms, o)
		}
	}
	if len(forms) > 0 {
		v.differs("CSRF_TRUSTED_ORIGINS has origins that CORS_ALLOWED_ORIGINS has not, which trusted_origins leaves out: %s", someOf(forms))
	}
	if len(c.Expose) > 0 {
		v.differs("CORS_EXPOSE_HEADERS is left out: with trusted_origins the edge exposes Retry-After")
	}
}

// checkOrigins compares trusted_origins. A site without the line is as open as
// dj-rest-auth, which its operator may want.
func (v *Verdict) checkOrigins(handler map[string]any) (wrong []string) {
	i := slices.IndexFunc(v.lines, func(l line) bool { return l.name == "trusted_origins" })
	have, _ := handler["trusted_origins"].([]any)
	if i < 0 || len(have) == 0 {
		return nil
	}
	for _, o := range v.lines[i].args {
		if !slices.Contains(have, any(o)) {
			wrong = append(wrong, fmt.Sprintf("%s is in CORS_ALLOWED_ORIGINS: add it to trusted_origins", o))
		}
	}
	for _, o := range have {
		if o, _ := o.(string); !slices.Contains(v.lines[i].args, o) {
			wrong = append(wrong, fmt.Sprintf("%s is not in CORS_ALLOWED_ORIGINS: take it out of trusted_origins", o))
		}
	}
	return wrong
}

// isOwn reports whether an origin is one of the project's own hosts.
func (v *Verdict) isOwn(o string) bool {
	_, host, _ := strings.Cut(o, "://")
	return slices.Contains(v.facts.Hosts, host)
}
