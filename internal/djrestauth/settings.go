// SPDX-License-Identifier: Apache-2.0

package djrestauth

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
	_ "time/tzdata" // a container may have no time zones

	"github.com/caddyrefresh/caddyrefresh/internal/explain"
)

// Settings are those of dj-rest-auth's REST_AUTH that its refresh view reads, and the two
// of Django that decide how it writes times.
type Settings struct {
	// JWT_AUTH_COOKIE: the name of the cookie with the access token. Default: none
	JWTAuthCookie string `json:"jwt_auth_cookie,omitempty"`

	// JWT_AUTH_REFRESH_COOKIE: the name of the cookie with the refresh token. Default:
	// none
	JWTAuthRefreshCookie string `json:"jwt_auth_refresh_cookie,omitempty"`

	// JWT_AUTH_REFRESH_COOKIE_PATH. Default: /
	JWTAuthRefreshCookiePath string `json:"jwt_auth_refresh_cookie_path,omitempty"`

	// JWT_AUTH_SECURE. Default: false
	JWTAuthSecure bool `json:"jwt_auth_secure,omitempty"`

	// JWT_AUTH_HTTPONLY: if true, no script reads the cookies, and no refresh token is in
	// the body of an answer. Default: true
	JWTAuthHTTPOnly *bool `json:"jwt_auth_httponly,omitempty"`

	// JWT_AUTH_SAMESITE: Lax, Strict or None, or off for Python's None, which sends no
	// such attribute. Default: Lax
	JWTAuthSameSite string `json:"jwt_auth_samesite,omitempty"`

	// JWT_AUTH_COOKIE_DOMAIN. Default: none
	JWTAuthCookieDomain string `json:"jwt_auth_cookie_domain,omitempty"`

	// USE_TZ. Default: Django's own, which is true from Django 5.0 on
	UseTZ *bool `json:"use_tz,omitempty"`

	// TIME_ZONE, which counts where USE_TZ is false. Default: Django's own,
	// America/Chicago
	TimeZone string `json:"time_zone,omitempty"`
}

const (
	// DefaultPath is where dj-rest-auth's own urls.py has its refresh view, in a project
	// that includes it as its documentation does.
	DefaultPath = "/dj-rest-auth/token/refresh"

	DefaultSameSite = "Lax"             // of JWT_AUTH_SAMESITE
	DefaultTimeZone = "America/Chicago" // of TIME_ZONE

	// off stands for Python's None.
	off = "off"
)

// Wire is what the settings mean for requests and answers.
type Wire struct {
	Access, Refresh *Cookie // nil for none
	HTTPOnly        bool
	Clock           Clock
}

// Wire returns what the settings mean. usesTZ is Django's default for USE_TZ.
func (s *Settings) Wire(usesTZ bool) (*Wire, error) {
	w := &Wire{HTTPOnly: s.httpOnly()}
	common := Cookie{Path: "/", Domain: s.JWTAuthCookieDomain, SameSite: cmp.Or(s.JWTAuthSameSite, DefaultSameSite), Secure: s.JWTAuthSecure, HTTPOnly: w.HTTPOnly}
	if common.SameSite == off {
		common.SameSite = ""
	}
	if s.JWTAuthCookie != "" {
		access := common
		access.Name = s.JWTAuthCookie
		w.Access = &access
	}
	if s.JWTAuthRefreshCookie != "" {
		refresh := common
		refresh.Name, refresh.Path = s.JWTAuthRefreshCookie, cmp.Or(s.JWTAuthRefreshCookiePath, "/")
		w.Refresh = &refresh
	}
	if s.UseTZ != nil {
		usesTZ = *s.UseTZ
	}
	zone := cmp.Or(s.TimeZone, DefaultTimeZone)
	local, err := time.LoadLocation(zone)
	if err != nil || strings.EqualFold(zone, "local") {
		return nil, fmt.Errorf("time_zone %.40q is not in the IANA time zone database: write TIME_ZONE of Django, such as Europe/Berlin", zone)
	}
	if !usesTZ {
		w.Clock.Local = local
	}
	return w, nil
}

// LosesRotated reports whether a rotated refresh token goes neither into a cookie nor into
// the body.
func (s *Settings) LosesRotated() bool {
	return s.JWTAuthRefreshCookie == "" && s.httpOnly()
}

func (s *Settings) httpOnly() bool { return s.JWTAuthHTTPOnly == nil || *s.JWTAuthHTTPOnly }

// Validate refuses settings with which Django would crash, or that contradict each other.
func (s *Settings) Validate() error {
	var errs []error
	for _, name := range []string{s.JWTAuthCookie, s.JWTAuthRefreshCookie} {
		c := http.Cookie{Name: name, Value: "x", Domain: s.JWTAuthCookieDomain} //nolint:gosec // it is never sent
		if err := c.Valid(); name != "" && err != nil {
			errs = append(errs, fmt.Errorf("cookie %q with domain %q: %w: write both as REST_AUTH has them", name, s.JWTAuthCookieDomain, err))
		}
	}
	if s.JWTAuthCookie != "" && s.JWTAuthCookie == s.JWTAuthRefreshCookie {
		errs = append(errs, fmt.Errorf("jwt_auth_cookie and jwt_auth_refresh_cookie are both %s: each needs a name of its own", s.JWTAuthCookie))
	}
	switch same := s.JWTAuthSameSite; strings.ToLower(same) {
	case "", "lax", "strict", "none":
	default:
		if same != off {
			errs = append(errs, fmt.Errorf("jwt_auth_samesite cannot be %.40q: write Lax, Strict or None, or off for Python's None", same))
		}
	}
	if p := s.JWTAuthRefreshCookiePath; p != "" && (p[0] != '/' || strings.ContainsAny(p, ";\r\n\x00")) {
		errs = append(errs, fmt.Errorf("jwt_auth_refresh_cookie_path %.40q is not a path: write it as REST_AUTH has it, such as /dj-rest-auth/token", p))
	}
	return errors.Join(errs...)
}

// UnmarshalJSON implements [json.Unmarshaler]. Its errors say how to write a setting
// that is refused.
func (s *Settings) UnmarshalJSON(data []byte) error {
	type settings Settings // has no methods
	return explain.JSON(data, (*settings)(s), explain.Names[Settings]())
}
