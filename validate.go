// SPDX-License-Identifier: Apache-2.0

package caddyrefresh

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/caddyserver/caddy/v2"

	"github.com/caddyrefresh/caddyrefresh/internal/simplejwt"
)

const (
	maxLeeway  = 10 * time.Minute
	maxGrace   = time.Minute
	maxLate    = 30 * 24 * time.Hour
	minMaxBody = 1 << 10
	maxMaxBody = 16 << 20
	maxName    = 64 // bytes; the name is a metrics label
	maxKeyID   = 255
)

// Validate refuses settings that contradict each other, with the cure.
func (h *Handler) Validate() error {
	return errors.Join(
		h.validateTimes(),
		h.validateClaims(),
		h.validateNames(),
		h.validateRenderers(),
		h.validateRotation(),
		h.validateUserChecks(),
		h.validateUserCheck(),
		h.validateMaxBody(),
		h.validateRollout(),
		h.validateRefusals(),
		h.validateCookies(),
		h.validateDJRestAuth(),
	)
}

func (h *Handler) validateTimes() error {
	if h.Leeway < 0 || h.Leeway > caddy.Duration(maxLeeway) {
		return fmt.Errorf("leeway %s is out of range: write a duration from 0s to %s",
			time.Duration(h.Leeway), "10m")
	}
	durations := []struct {
		setting string
		value   caddy.Duration
	}{
		{"access_token_lifetime", h.AccessTokenLifetime},
		{"refresh_token_lifetime", h.RefreshTokenLifetime},
		{"sliding_token_lifetime", h.SlidingTokenLifetime},
		{"sliding_token_refresh_lifetime", h.SlidingTokenRefreshLifetime},
		{"session_lifetime", h.SessionLifetime},
		{"leeway", h.Leeway},
		{"reuse_grace", h.ReuseGrace},
		{"late_retry", h.LateRetry},
	}
	for _, d := range durations {
		if d.value > 0 && d.value < caddy.Duration(time.Millisecond) {
			return fmt.Errorf("%s %s is too short: a number in JSON counts nanoseconds; write a text with a unit, such as \"%ds\"",
				d.setting, time.Duration(d.value), int64(d.value))
		}
	}
	for _, lifetime := range durations[:4] {
		if lifetime.value != 0 && time.Duration(lifetime.value) < time.Second {
			return fmt.Errorf("%s %s is too short: write at least 1s, since tokens expire on whole seconds",
				lifetime.setting, time.Duration(lifetime.value))
		}
	}
	return nil
}

// validateRenderers refuses renderers that the edge does not have, and an order in
// which REST framework would not pick JSON for a client that accepts anything.
func (h *Handler) validateRenderers() error {
	if r := h.Renderers; len(r) != 0 && !slices.Equal(r, []string{"json"}) && !slices.Equal(r, []string{"json", "api"}) {
		return fmt.Errorf("the edge does not have renderers %.40q: write renderers json where DEFAULT_RENDERER_CLASSES names JSONRenderer alone, "+
			"or delete the line for JSONRenderer and BrowsableAPIRenderer", strings.Join(r, " "))
	}
	return nil
}

// registeredClaims have a meaning of their own in a token (RFC 7519 section
// 4.1), which a claim with another meaning would destroy.
var registeredClaims = []string{"exp", "iat", "nbf", "aud", "iss"}

func (h *Handler) validateClaims() error {
	type namedClaim struct{ setting, name string }
	claims := []namedClaim{
		{"user_id_claim", cmp.Or(h.UserIDClaim, simplejwt.DefaultUserIDClaim)},
		{"token_type_claim", cmp.Or(h.TokenTypeClaim, simplejwt.DefaultTokenTypeClaim)},
		{"jti_claim", cmp.Or(h.JTIClaim, simplejwt.DefaultJTIClaim)},
	}
	if len(h.SlidingPath) > 0 {
		claims = append(claims, namedClaim{
			"sliding_token_refresh_exp_claim", cmp.Or(h.SlidingTokenRefreshExpClaim, simplejwt.DefaultSlidingRefreshExp),
		})
	}
	noNames := slices.ContainsFunc(claims, func(c namedClaim) bool { return c.name == off })
	for i, claim := range claims {
		if claim.name == off && claim.setting != "token_type_claim" && claim.setting != "jti_claim" {
			return fmt.Errorf("%s cannot be off: name the claim that SIMPLE_JWT names", claim.setting)
		}
		if claim.name == off {
			if h.store != nil {
				return fmt.Errorf("%s off cannot go with a store, which knows tokens by their jti and their type: "+
					"delete store and blacklist_after_rotation, or name the claim here and in SIMPLE_JWT", claim.setting)
			}
			continue
		}
		if noNames && claim.name == "null" {
			return fmt.Errorf("%s cannot be null beside a claim that is off, which SimpleJWT writes under that name: rename it in SIMPLE_JWT", claim.setting)
		}
		if claim.name == simplejwt.SessionStartClaim {
			return fmt.Errorf("%s cannot be %s, the claim that session_lifetime writes: name the claim that SIMPLE_JWT names",
				claim.setting, claim.name)
		}
		if slices.Contains(registeredClaims, claim.name) {
			return fmt.Errorf("%s cannot be %s, a claim that RFC 7519 gives another meaning: name the claim that SIMPLE_JWT names",
				claim.setting, claim.name)
		}
		for _, other := range claims[:i] {
			if other.name == claim.name {
				return fmt.Errorf("%s and %s are both %s: each needs a claim of its own",
					other.setting, claim.setting, claim.name)
			}
		}
	}
	if slices.Contains(h.Audience, "") {
		return fmt.Errorf(`audience is empty: with AUDIENCE = "" Django refuses every token, even its own: ` +
			"name an audience here and in Django, or set AUDIENCE to None in Django and then delete the line")
	}
	if h.AudienceList && len(h.Audience) == 0 {
		return fmt.Errorf("audience_list is for one audience that SIMPLE_JWT has in a list: name it with audience, or delete the line")
	}
	return nil
}

func (h *Handler) validateNames() error {
	for _, authType := range h.AuthHeaderTypes {
		if authType == "" || strings.ContainsFunc(authType, notTokenChar) {
			return fmt.Errorf("auth_header_types: %q is not a scheme of an Authorization header (RFC 9110 section 11.1): "+
				"write one word such as Bearer", authType)
		}
	}
	if len(h.Name) > maxName || strings.ContainsFunc(h.Name, unicode.IsControl) {
		return fmt.Errorf("name: it has to be printable and of at most %d bytes, since it labels metrics", maxName)
	}
	if len(h.KeyID) > maxKeyID || strings.ContainsFunc(h.KeyID, unicode.IsControl) {
		return fmt.Errorf("key_id: it has to be printable and of at most %d bytes", maxKeyID)
	}
	return nil
}

func (h *Handler) validateMaxBody() error {
	if h.MaxBody != 0 && (h.MaxBody < minMaxBody || h.MaxBody > maxMaxBody) {
		return fmt.Errorf("max_body %d is out of range: write a size from 1KiB to 16MiB, 64KiB is plenty for a token", h.MaxBody)
	}
	return nil
}

// validateRollout refuses a share between 0 and 100 if the backend and the edge do not
// know of the tokens that the other one spends.
func (h *Handler) validateRollout() error {
	switch share := h.rollout(); {
	case share < 0 || share > everybody:
		return fmt.Errorf("rollout %v%% is out of range: write a percentage from 0%% to 100%%", share)
	case share > 0 && share < everybody && h.ownStore():
		return fmt.Errorf("rollout %v%% with the %s store would let the backend and the edge spend tokens without knowing of each other's: "+
			"write rollout 0%% or 100%%, or use the django store", share, h.store.Traits().Kind)
	}
	return nil
}

// The parties that may word a refusal.
const (
	byEdge    = "edge"
	byBackend = "backend"
)

// validateRefusals refuses to ask a backend that does not know which tokens are spent:
// it would accept them, and spend them a second time.
func (h *Handler) validateRefusals() error {
	switch h.Refusals {
	case "", byEdge:
		return nil
	case byBackend:
		if !h.ownStore() {
			return nil
		}
		return fmt.Errorf("refusals backend with the %s store would ask the backend about tokens that it does not know to be spent: "+
			"use the django store, or delete the line", h.store.Traits().Kind)
	default:
		return fmt.Errorf("refusals cannot be %.40q: write refusals backend for the backend's own error answers, or delete the line", h.Refusals)
	}
}

// validateCookies refuses cookies that browsers would drop, or that nobody could use.
func (h *Handler) validateCookies() error {
	switch {
	case h.Cookies == nil:
		return nil
	case slices.Contains(h.RefreshPath, off):
		return errors.New("cookies without the refresh endpoint would be of no use: delete refresh_path off, or cookies")
	case h.TokenTypeClaim == off && len(h.Cookies.Logins()) > 0:
		return errors.New("cookies with token_type_claim off: without a type an access token in a body refreshes as well as the cookie does, " +
			"so name the claim here and in SIMPLE_JWT, or write obtain_path off")
	case len(h.Cookies.Logins()) == 0 && !h.Cookies.Adopt:
		return errors.New("cookies: with obtain_path off and without adopt no browser ever gets a cookie: name the logins with obtain_path, or add adopt")
	}
	if err := h.Cookies.Validate(); err != nil {
		return fmt.Errorf("cookies: %w", err)
	}
	return nil
}

// validateDJRestAuth refuses a store that would not learn of dj-rest-auth's logouts.
func (h *Handler) validateDJRestAuth() error {
	switch {
	case h.DJRestAuth == nil:
		return nil
	case h.Cookies != nil:
		return errors.New("cookies and dj_rest_auth both say which cookies tokens are in: " +
			"keep dj_rest_auth where pages use dj-rest-auth's cookies, else cookies")
	case slices.Contains(h.RefreshPath, off):
		return errors.New("dj_rest_auth without the refresh endpoint would be of no use: delete refresh_path off, or dj_rest_auth")
	case h.ownStore():
		return fmt.Errorf("dj_rest_auth with the %s store would refresh tokens of users who logged out, since dj-rest-auth's own logout does not reach that store: "+
			"use the django store, or none", h.store.Traits().Kind)
	}
	if err := h.DJRestAuth.Validate(); err != nil {
		return fmt.Errorf("dj_rest_auth: %w", err)
	}
	return nil
}

func (h *Handler) validateRotation() error {
	missing := "blacklist_after_rotation"
	if h.BlacklistAfterRotation {
		missing = "rotate_refresh_tokens"
	}
	switch {
	case h.ReuseGrace != 0 && !h.spends():
		return fmt.Errorf("reuse_grace has no effect without %s: add that line, or delete this one", missing)
	case h.ReuseDetection && !h.spends():
		return fmt.Errorf("reuse_detection has no effect without %s: add that line, or delete this one", missing)
	case h.ReuseGrace < 0 || h.ReuseGrace > caddy.Duration(maxGrace):
		return fmt.Errorf("reuse_grace %s is out of range: write a duration from 0s to 60s, 10s is plenty", time.Duration(h.ReuseGrace))
	case h.LateRetry != 0 && !h.spends():
		return fmt.Errorf("late_retry has no effect without %s: add that line, or delete this one", missing)
	case h.LateRetry != 0 && h.ReuseGrace == 0:
		return errors.New("late_retry without reuse_grace would refuse all but one of the requests that a page sends when it wakes up: write reuse_grace 10s, or delete the line")
	case h.LateRetry < 0 || time.Duration(h.LateRetry) > min(maxLate, h.refreshTokenLifetime()):
		return fmt.Errorf("late_retry %s is out of range: write a duration from 0s to %s, since it is neither longer than refresh_token_lifetime nor than 30d",
			time.Duration(h.LateRetry), min(maxLate, h.refreshTokenLifetime()))
	case h.SessionLifetime != 0 && time.Duration(h.SessionLifetime) < time.Second:
		return fmt.Errorf("session_lifetime %s is too short: write at least 1s, since tokens expire on whole seconds",
			time.Duration(h.SessionLifetime))
	}
	return nil
}

// validateUserChecks refuses settings that need a store that sees users.
func (h *Handler) validateUserChecks() error {
	if h.store != nil && h.store.Traits().SeesUsers {
		return nil
	}
	for _, setting := range []struct {
		name  string
		given bool
	}{
		{"user_id_field", h.UserIDField != ""},
		{"check_user_is_active", h.CheckUserIsActive != nil && *h.CheckUserIsActive},
		{"end_sessions_on_password_change", h.EndSessionsOnPasswordChange},
	} {
		if setting.given {
			return fmt.Errorf("%s needs a store that sees users: write store django <dsn>, or delete the line", setting.name)
		}
	}
	return nil
}

// validateUserCheck refuses to ask about users whom the store sees, or whom no refresh
// concerns.
func (h *Handler) validateUserCheck() error {
	switch {
	case h.UserCheck == nil:
		return nil
	case h.store != nil && h.store.Traits().SeesUsers:
		return fmt.Errorf("user_check with the %s store would ask the backend what the store reads in its own round trip: "+
			"delete user_check, or use the file or redis store", h.store.Traits().Kind)
	case slices.Contains(h.RefreshPath, off) && h.slidingLifetime() == 0:
		return errors.New("user_check without an endpoint that refreshes would be of no use: delete refresh_path off, or user_check")
	}
	return nil
}

// notTokenChar reports whether r may not be in a token (RFC 9110 section 5.6.2).
func notTokenChar(r rune) bool {
	return !strings.ContainsRune("!#$%&'*+-.^_`|~", r) &&
		(r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
}

// Interface guard
var _ caddy.Validator = (*Handler)(nil)
