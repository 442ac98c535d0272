// SPDX-License-Identifier: Apache-2.0

package importing

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/caddyrefresh/caddyrefresh/internal/djrestauth"
	"github.com/caddyrefresh/caddyrefresh/internal/release"
	"github.com/caddyrefresh/caddyrefresh/internal/simplejwt"
)

// defaults are the values of the settings that a handler leaves out, as in JSON.
// Settings that differ from machine to machine are not here: keys, hosts, databases.
var defaults = map[string]any{
	"renderers":                []any{"json", "api"},
	"algorithm":                simplejwt.DefaultAlgorithm,
	"audience":                 nil,
	"audience_list":            false,
	"issuer":                   nil,
	"leeway":                   float64(0),
	"access_token_lifetime":    float64(simplejwt.DefaultAccessTokenLifetime),
	"refresh_token_lifetime":   float64(simplejwt.DefaultRefreshTokenLifetime),
	"rotate_refresh_tokens":    false,
	"blacklist_after_rotation": false,
	"auth_header_types":        []any{simplejwt.DefaultAuthHeaderType},
	"user_id_claim":            simplejwt.DefaultUserIDClaim,
	"token_type_claim":         simplejwt.DefaultTokenTypeClaim,
	"jti_claim":                simplejwt.DefaultJTIClaim,

	"sliding_token_lifetime":          float64(simplejwt.DefaultSlidingTokenLifetime),
	"sliding_token_refresh_lifetime":  float64(simplejwt.DefaultSlidingRefreshLifetime),
	"sliding_token_refresh_exp_claim": simplejwt.DefaultSlidingRefreshExp,
}

// storeDefaults are the same for the django store's settings about users and time.
var storeDefaults = map[string]any{"user_table": "auth_user", "active_field": "is_active", "time_zone": nil}

// wordDefaults are compared only if the project words its refusals itself. A project
// that does not may still have the line, for answers that the edge words differently.
var wordDefaults = map[string]any{"refusals": "edge"}

// Check compares a handler with the project's settings, and returns a sentence for each
// setting that differs.
func (v *Verdict) Check(handler map[string]any) []string {
	if len(v.Stays) > 0 {
		return v.Stays
	}
	if handler["dj_rest_auth"] != nil && v.second != nil {
		return v.second.Check(handler)
	}
	var wrong []string
	wrong = append(wrong, v.checkVersions(handler)...)
	wrong = append(wrong, v.checkPaths(handler)...)
	wrong = append(wrong, compare(defaults, v.lines, handler)...)
	store, _ := handler["store"].(map[string]any)
	wrong = append(wrong, v.checkCookies(handler)...)
	if v.ownWords && (store == nil || store["type"] == "django") { // no other store allows the line
		wrong = append(wrong, compare(wordDefaults, v.lines, handler)...)
	}
	switch {
	case v.seesUsers && store == nil && handler["blacklist_after_rotation"] != true:
		wrong = append(wrong, "the project has a blacklist, and the edge has no store: write store django {env.DATABASE_URL}")
	case v.seesUsers && store["type"] == "django":
		users := map[string]any{"user_id_field": simplejwt.DefaultUserIDField, "check_user_is_active": true}
		wrong = append(wrong, compare(users, v.lines, handler)...)
		wrong = append(wrong, compare(storeDefaults, v.store[1:], store)...)
	}
	return wrong
}

// compare compares the settings that known names, in the order of their names.
func compare(known map[string]any, lines []line, handler map[string]any) []string {
	var wrong []string
	for name, otherwise := range known {
		want := line{name: name, want: otherwise}
		if i := slices.IndexFunc(lines, func(l line) bool { return l.name == name }); i >= 0 {
			want = lines[i]
		}
		have, written := handler[name]
		if !written {
			have = otherwise
		}
		if reflect.DeepEqual(have, want.want) {
			continue
		}
		if len(want.args) == 0 && want.want != true { // the project has the default
			wrong = append(wrong, fmt.Sprintf("%s is %s at the edge, and the default in the project: delete the line", name, tell(have)))
			continue
		}
		wrong = append(wrong, fmt.Sprintf("%s is %s at the edge: write %s", name, tell(have), want.plain()))
	}
	slices.Sort(wrong)
	return wrong
}

// plain returns the line without its comment.
func (l line) plain() string {
	l.from = ""
	return l.String()
}

// tell writes a value of JSON for a person.
func tell(value any) string {
	switch v := value.(type) {
	case nil:
		return "not set"
	case bool:
		if v {
			return "on"
		}
		return "off"
	case float64:
		return spell(time.Duration(v))
	case []any:
		all := make([]string, len(v))
		for i, one := range v {
			all[i] = tell(one)
		}
		return strings.Join(all, " ")
	default:
		return fmt.Sprintf("%.80q", fmt.Sprint(v))
	}
}

// checkVersions compares the releases that the versions stand for.
func (v *Verdict) checkVersions(handler map[string]any) []string {
	have, _, err := release.Find(versionsOf(handler))
	if err != nil {
		return []string{err.Error()}
	}
	want, _, err := release.Find(v.versions)
	if err != nil {
		return []string{err.Error()}
	}
	var wrong []string
	edge := have.Versions().Lines()
	for i, l := range want.Versions().Lines() {
		if edge[i] != l {
			wrong = append(wrong, fmt.Sprintf("the edge answers as %s: write %s", edge[i], l))
		}
	}
	return wrong
}

// versionsOf returns the versions that a handler names.
func versionsOf(handler map[string]any) release.Versions {
	text := func(name string) string { s, _ := handler[name].(string); return s }
	return release.Versions{
		SimpleJWT: text("simplejwt_version"), PyJWT: text("pyjwt_version"), DRF: text("drf_version"), Django: text("django_version"),
	}
}

// checkPaths reports paths that the edge should answer and does not, and paths that it
// has to leave to Django.
func (v *Verdict) checkPaths(handler map[string]any) []string {
	refresh := defaultRefreshPath
	if _, has := handler["dj_rest_auth"]; has {
		refresh = djrestauth.DefaultPath
	}
	var wrong []string
	for _, endpoint := range []struct {
		setting  string
		want     []string
		fallback []string
	}{
		{"refresh_path", v.refresh, []string{refresh}},
		{"verify_path", v.verify, nil},
		{"sliding_path", v.sliding, nil},
	} {
		have := paths(handler[endpoint.setting], endpoint.fallback)
		for _, p := range endpoint.want {
			if endpoint.setting != "verify_path" && !slices.Contains(have, p) {
				wrong = append(wrong, fmt.Sprintf("%s is not answered by the edge: add it to %s", p, endpoint.setting))
			}
		}
		for _, p := range have {
			switch {
			case slices.Contains(v.left, p):
				wrong = append(wrong, fmt.Sprintf("%s has to stay with Django: take it out of %s", cmp.Or(p, "/"), endpoint.setting))
			case !slices.ContainsFunc(endpoint.want, func(w string) bool { return strings.HasSuffix(p, w) }): // a proxy may cut a prefix off
				wrong = append(wrong, fmt.Sprintf("%s is not a URL of the project that the edge can answer: take it out of %s", cmp.Or(p, "/"), endpoint.setting))
			}
		}
	}
	return wrong
}

// paths returns the paths in a setting's value, without their trailing slashes.
func paths(value any, fallback []string) []string {
	list, ok := value.([]any)
	if !ok {
		return fallback
	}
	var all []string
	for _, p := range list {
		if s, ok := p.(string); ok && s != "off" {
			all = append(all, strings.TrimSuffix(s, "/"))
		}
	}
	return all
}
