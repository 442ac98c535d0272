// SPDX-License-Identifier: Apache-2.0

package importing

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/caddyrefresh/caddyrefresh/internal/djrestauth"
	"github.com/caddyrefresh/caddyrefresh/internal/release"
)

const (
	djRefresh = "dj_rest_auth_refresh" // the kind of its refresh view

	// The releases whose refresh views are alike, and compared with the edge.
	oldestDjRestAuth, newestDjRestAuth = "5.1.0", "7.2.0"
)

// djDefaults are the values of the settings that a dj_rest_auth block leaves out, as
// in JSON. That of use_tz depends on Django's release.
var djDefaults = map[string]any{
	"jwt_auth_cookie":              nil,
	"jwt_auth_refresh_cookie":      nil,
	"jwt_auth_refresh_cookie_path": "/",
	"jwt_auth_secure":              false,
	"jwt_auth_httponly":            true,
	"jwt_auth_samesite":            djrestauth.DefaultSameSite,
	"jwt_auth_cookie_domain":       nil,
	"time_zone":                    djrestauth.DefaultTimeZone,
}

// restAuth writes the lines of dj_rest_auth if the edge answers for dj-rest-auth's
// refresh view, and reports what REST_AUTH says beyond them.
func (v *Verdict) restAuth(r *release.Release) {
	f := v.facts
	if f.RESTAuth["USE_JWT"] == false {
		v.carries("REST_AUTH's USE_JWT is False: dj-rest-auth's own URLs have no refresh view, and its logins hand out no JWT")
	}
	if !v.djRestAuth {
		return
	}
	if f.RESTAuth == nil {
		v.stays("the facts have no settings of dj-rest-auth: run this caddyrefresh's own script again")
		return
	}
	v.djRelease()
	v.djLines(r)
	v.carries("cookies of dj-rest-auth, by REST_AUTH: the refresh token is also taken from a cookie, and the answer sets both")
	v.carries("of REST_AUTH the rest matters to logins, logouts and the API alone, which stay with Django: SESSION_LOGIN, JWT_AUTH_RETURN_EXPIRATION, JWT_AUTH_COOKIE_USE_CSRF and the serializers")
	if !isTrue(f.RESTAuth["JWT_AUTH_REFRESH_COOKIE"]) {
		v.carries("JWT_AUTH_REFRESH_COOKIE is None: the refresh token is taken from the body alone, at the edge as in Django")
	}
	v.trustedOrigins()
}

// djRelease compares dj-rest-auth's version with those that the edge was compared with.
func (v *Verdict) djRelease() {
	version := leadingVersion.FindString(v.facts.Versions["dj-rest-auth"])
	switch {
	case version == "":
		v.stays("the version of dj-rest-auth is not known: the edge answers as its refresh view does from %s on", oldestDjRestAuth)
	case older(version, oldestDjRestAuth):
		v.stays("dj-rest-auth %s is older than %s, from which on the edge answers as its refresh view does: upgrade it first", version, oldestDjRestAuth)
	case older(newestDjRestAuth, version):
		v.differs("dj-rest-auth %s is newer than %s, as which the edge answers: look at its changes to jwt_auth.py", version, newestDjRestAuth)
	default:
		v.carries("dj-rest-auth %s, whose refresh view is the same from %s to %s", version, oldestDjRestAuth, newestDjRestAuth)
	}
}

// older compares two versions.
func older(a, b string) bool {
	number := func(version string) (all [3]int) {
		_, _ = fmt.Sscanf(version, "%d.%d.%d", &all[0], &all[1], &all[2]) // a part that is missing is 0
		return all
	}
	x, y := number(a), number(b)
	return slices.Compare(x[:], y[:]) < 0
}

// djLines writes the lines of the block: what differs from its defaults.
func (v *Verdict) djLines(r *release.Release) {
	f := v.facts
	for _, name := range []string{
		"JWT_AUTH_COOKIE", "JWT_AUTH_REFRESH_COOKIE", "JWT_AUTH_REFRESH_COOKIE_PATH", "JWT_AUTH_SECURE", "JWT_AUTH_HTTPONLY",
		"JWT_AUTH_SAMESITE", "JWT_AUTH_COOKIE_DOMAIN",
	} {
		setting := strings.ToLower(name)
		otherwise := djDefaults[setting]
		value := f.RESTAuth[name]
		if _, isSwitch := otherwise.(bool); isSwitch {
			value = isTrue(value)
		}
		if text, isText := value.(string); isText && text == "" || value == false && setting == "jwt_auth_samesite" {
			value = nil // Django asks whether they are true
		}
		if value == otherwise {
			continue
		}
		l := line{name: setting, want: value, from: name}
		switch value := value.(type) {
		case bool:
			if !value {
				l.args = []string{"off"}
			}
		case string:
			l.args = []string{value}
		case nil:
			if setting == "jwt_auth_refresh_cookie_path" {
				v.stays("JWT_AUTH_REFRESH_COOKIE_PATH is None, and the cookie then has the path of each view that sets it: write a path, such as /")
				continue
			}
			l.args, l.want = []string{"off"}, "off" // SameSite
		default:
			v.stays("%s of REST_AUTH is neither a text nor None", name)
			continue
		}
		v.dj = append(v.dj, l)
	}
	switch usesTZ := r.Django.UsesTZ; {
	case f.UseTZ && !usesTZ:
		v.dj = append(v.dj, line{"use_tz", nil, true, "USE_TZ"})
	case !f.UseTZ && usesTZ:
		v.dj = append(v.dj, line{"use_tz", []string{"off"}, false, "USE_TZ"})
	}
	if !f.UseTZ && f.TimeZone != djrestauth.DefaultTimeZone {
		v.dj = append(v.dj, line{"time_zone", []string{f.TimeZone}, f.TimeZone, "TIME_ZONE"})
	}
	if err := v.validateDJ(r.Django.UsesTZ); err != nil {
		v.stays("REST_AUTH: %v", err)
	}
}

// validateDJ has the edge judge the block.
func (v *Verdict) validateDJ(usesTZ bool) error {
	block := make(map[string]any)
	for _, l := range v.dj {
		block[l.name] = l.want
	}
	text, err := json.Marshal(block)
	if err != nil {
		return err
	}
	var s djrestauth.Settings
	if err := json.Unmarshal(text, &s); err != nil {
		return err
	}
	_, err = s.Wire(usesTZ)
	return errors.Join(s.Validate(), err)
}

// checkCookies compares dj_rest_auth, and the origins whose pages use its cookies.
func (v *Verdict) checkCookies(handler map[string]any) []string {
	block, has := handler["dj_rest_auth"].(map[string]any)
	switch {
	case v.djRestAuth && !has:
		return []string{"the project's refresh view is dj-rest-auth's, and the edge answers as SimpleJWT's: write dj_rest_auth, with the lines that import prints"}
	case !v.djRestAuth && has:
		return []string{"the edge answers as dj-rest-auth's refresh view, and the project's is SimpleJWT's: delete dj_rest_auth"}
	case !has:
		return nil
	}
	known := maps.Clone(djDefaults)
	if v.facts.UseTZ {
		delete(known, "time_zone") // it decides nothing
	}
	wrong := compare(known, v.dj, block)
	if usesTZ, ok := block["use_tz"].(bool); ok && usesTZ != v.facts.UseTZ || !ok && djangoUsesTZ(handler) != v.facts.UseTZ {
		wrong = append(wrong, "use_tz is "+tell(!v.facts.UseTZ)+" at the edge: write use_tz "+tell(v.facts.UseTZ))
	}
	return append(wrong, v.checkOrigins(handler)...)
}

// djangoUsesTZ returns the default of USE_TZ in the Django that a handler names.
func djangoUsesTZ(handler map[string]any) bool {
	r, _, err := release.Find(versionsOf(handler))
	return err != nil || r.Django.UsesTZ // the error is told of the versions
}
