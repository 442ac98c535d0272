// SPDX-License-Identifier: Apache-2.0

package importing

import (
	"fmt"
	"slices"
	"strings"

	"github.com/caddyrefresh/caddyrefresh/internal/djrestauth"
)

const defaultRefreshPath = "/api/token/refresh"

// serializers are SimpleJWT's own, by the kinds of view that the edge can answer.
var serializers = map[string]string{
	"refresh": "rest_framework_simplejwt.serializers.TokenRefreshSerializer",
	"verify":  "rest_framework_simplejwt.serializers.TokenVerifySerializer",

	djRefresh:         "dj_rest_auth.jwt_auth.CookieTokenRefreshSerializer",
	"sliding_refresh": "rest_framework_simplejwt.serializers.TokenRefreshSlidingSerializer",
}

var (
	jsonRenderer = "rest_framework.renderers.JSONRenderer"
	ownParsers   = []string{"rest_framework.parsers.JSONParser", "rest_framework.parsers.FormParser", "rest_framework.parsers.MultiPartParser"}
)

// endpoints decides which paths the edge answers.
func (v *Verdict) endpoints() {
	var (
		taken    = map[string]bool{}
		reasons  []string
		served   []*View
		jsonOnly bool
	)
	for i := range v.facts.Views {
		view := &v.facts.Views[i]
		path := view.Pattern
		if view.Path != nil {
			path = *view.Path
		}
		key := strings.TrimSuffix(path, "/")
		if taken[key] {
			continue // Django takes the first of two patterns
		}
		taken[key] = true
		if serializers[view.Kind] == "" {
			v.otherView(view, path)
			continue
		}
		why := view.whyNot()
		if view.Kind == djRefresh && v.second != nil && why == "" {
			if len(v.second.Stays) == 0 {
				continue
			}
			why = strings.Join(v.second.Stays, "; ")
		}
		if only := len(view.Renderers) == 1; why == "" && len(served) == 0 {
			jsonOnly = only
		} else if why == "" && only != jsonOnly {
			why = "its renderers are not those of the other views"
		}
		if why != "" {
			reasons = append(reasons, fmt.Sprintf("POST %s (%s): %s", path, view.Class, why))
			v.left = append(v.left, key)
			continue
		}
		served = append(served, view)
		v.serve(view, path)
	}
	for _, other := range v.facts.Unrecognised {
		reasons = append(reasons, fmt.Sprintf("POST %s (%s): not recognised as a view of SimpleJWT", other.Path, other.View))
	}
	if len(v.refresh)+len(v.sliding) == 0 {
		for _, reason := range reasons {
			v.stays("%s", reason)
		}
		if len(reasons) == 0 {
			v.stays("no URL leads to SimpleJWT's TokenRefreshView")
		}
		return
	}
	for _, reason := range reasons {
		v.apart("%s", reason)
	}
	v.pathLines(jsonOnly)
	v.differences(served)
}

// serve has the edge answer a path, with and without the prefix that a proxy removes.
func (v *Verdict) serve(view *View, path string) {
	into := map[string]*[]string{"refresh": &v.refresh, djRefresh: &v.refresh, "verify": &v.verify, "sliding_refresh": &v.sliding}[view.Kind]
	v.djRestAuth = v.djRestAuth || view.Kind == djRefresh
	*into = append(*into, strings.TrimSuffix(path, "/"))
	if prefix := strings.TrimSuffix(v.facts.ScriptName, "/"); prefix != "" {
		*into = append(*into, prefix+strings.TrimSuffix(path, "/"))
	}
	v.carries("POST %s (%s)", path, view.Class)
	if !view.Exact {
		v.differs("the pattern of %s also matches other paths, which go to Django: anchor it, or write path()", path)
	}
}

func (v *Verdict) pathLines(jsonOnly bool) {
	from := "urls.py"
	if v.facts.ScriptName != "" {
		from += ", with and without FORCE_SCRIPT_NAME"
	}
	switch {
	case len(v.refresh) == 0:
		v.addTexts("refresh_path", []string{"off"}, from)
	case !slices.Equal(v.refresh, []string{v.defaultRefresh()}):
		v.addTexts("refresh_path", v.refresh, from)
	}
	if len(v.sliding) > 0 {
		v.addTexts("sliding_path", v.sliding, from)
	}
	if len(v.verify) > 0 {
		v.addTexts("verify_path", v.verify, from)
	}
	if jsonOnly {
		v.addTexts("renderers", []string{"json"}, "DEFAULT_RENDERER_CLASSES")
	}
}

// defaultRefresh is what refresh_path is without a line.
func (v *Verdict) defaultRefresh() string {
	if v.djRestAuth {
		return djrestauth.DefaultPath
	}
	return defaultRefreshPath
}

// otherView reports a view that the edge does not answer.
func (v *Verdict) otherView(view *View, path string) {
	switch view.Kind {
	case "blacklist", "dj_rest_auth_logout":
		v.apart("POST %s: a logout", path)
	default:
		v.apart("POST %s: a login", path)
	}
}

// whyNot returns why the edge cannot answer for the view, or "" if it can.
func (v *View) whyNot() string {
	switch {
	case v.Path == nil:
		return "its path has parameters"
	case strings.ContainsAny(*v.Path, "*?#{}%") || strings.Contains(*v.Path, "//"):
		return "its path cannot be written in a Caddyfile"
	case len(v.Overridden) > 0:
		return "it has members of its own: " + someOf(v.Overridden)
	case len(v.Decorators) > 0:
		return "it is decorated by " + someOf(v.Decorators)
	case v.Serializer != serializers[v.Kind]:
		return "its serializer is " + v.Serializer
	case v.OwnThrottles && len(v.Throttles) > 0:
		return "it has throttles of its own: " + someOf(v.Throttles)
	case len(v.Permissions) > 0:
		return "it asks for permissions: " + someOf(v.Permissions)
	case len(v.Authenticators) > 0:
		return "it authenticates requests: " + someOf(v.Authenticators)
	case v.Negotiation != "rest_framework.negotiation.DefaultContentNegotiation":
		return "its content negotiation is " + v.Negotiation
	case len(v.Renderers) == 0 || v.Renderers[0] != jsonRenderer:
		return "its first renderer is not JSONRenderer: " + someOf(v.Renderers)
	case slices.ContainsFunc(v.Renderers, func(r string) bool { return !strings.HasPrefix(r, "rest_framework.renderers.") }):
		return "it has renderers of its own: " + someOf(v.Renderers)
	case slices.ContainsFunc(v.Parsers, func(p string) bool { return !strings.HasPrefix(p, "rest_framework.parsers.") }):
		return "it has parsers of its own: " + someOf(v.Parsers)
	case v.Versioning != "" && !strings.HasPrefix(v.Versioning, "rest_framework.versioning."):
		return "it has a versioning of its own: " + v.Versioning
	default:
		return ""
	}
}

// differences names what clients of the views may notice.
func (v *Verdict) differences(views []*View) {
	seen := map[string]bool{}
	once := func(text string, args ...any) {
		if s := fmt.Sprintf(text, args...); !seen[s] {
			seen[s] = true
			v.differs("%s", s)
		}
	}
	for _, view := range views {
		if len(view.Throttles) > 0 {
			once("the edge does not throttle, as DEFAULT_THROTTLE_CLASSES does (%s): put a rate limit in front, such as caddy-ratelimit", someOf(view.Throttles))
		}
		if !slices.Equal(view.Parsers, ownParsers) {
			once("the edge takes JSON, forms and multipart, the project only %s", someOf(view.Parsers))
		}
		if view.Versioning != "" {
			once("the edge does not know API versions, which %s reads", view.Versioning)
		}
		if len(view.Renderers) > 2 || len(view.Renderers) == 2 && view.Renderers[1] != "rest_framework.renderers.BrowsableAPIRenderer" {
			once("the edge answers in JSON, whatever renderer a client asks for: %s", someOf(view.Renderers))
		}
	}
	if !v.facts.RESTFramework.CompactJSON {
		once("COMPACT_JSON is off: the edge writes JSON without spaces")
	}
	if p := v.facts.RESTFramework.FormatParameter; p != "format" {
		once("URL_FORMAT_OVERRIDE is not format: the edge reads ?format=")
	}
}
