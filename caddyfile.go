// SPDX-License-Identifier: Apache-2.0

package caddyrefresh

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile"

	"github.com/caddyrefresh/caddyrefresh/internal/cookie"
	"github.com/caddyrefresh/caddyrefresh/internal/djrestauth"
	"github.com/caddyrefresh/caddyrefresh/internal/explain"
	"github.com/caddyrefresh/caddyrefresh/internal/matcher"
	"github.com/caddyrefresh/caddyrefresh/internal/stores"
	"github.com/caddyrefresh/caddyrefresh/internal/usercheck"
	"github.com/caddyrefresh/caddyrefresh/store/setting"
)

func init() {
	caddy.RegisterModule(Handler{})
	httpcaddyfile.RegisterDirective("token_refresh", parseDirective)
	// Before handle, route and reverse_proxy, which would answer the endpoint's
	// requests; after the directives that rewrite, limit and guard requests.
	httpcaddyfile.RegisterDirectiveOrder("token_refresh", httpcaddyfile.After, "encode")
}

// parseDirective parses the directive as Caddy parses others, and checks its matcher.
func parseDirective(h httpcaddyfile.Helper) ([]httpcaddyfile.ConfigValue, error) {
	if !h.Next() {
		return nil, h.ArgErr()
	}
	set, err := h.ExtractMatcherSet()
	if err != nil {
		return nil, err
	}
	handler := new(Handler)
	if err := handler.UnmarshalCaddyfile(h.Dispenser); err != nil {
		return nil, err
	}
	set, unclear, err := matcher.Check(set, handler.adaptedPaths())
	h.Reset()
	h.Next() // errors are about the directive's own line
	if err != nil {
		return nil, h.WrapErr(err)
	}
	if unclear { // an adapter takes no warnings from directives
		caddy.Log().Named("http.handlers.token_refresh").Warn(fmt.Sprintf("%s:%d: token_refresh: the matcher depends on the request and may leave out an endpoint, "+
			"a POST to which would reach the backend with its token: take paths out of the matcher and use refresh_path", h.File(), h.Line()))
	}
	return h.NewRoute(set, handler), nil
}

// UnmarshalCaddyfile sets up the handler from Caddyfile tokens. A matcher on paths
// or methods has to let a POST to every endpoint through; parseDirective sees to
// it. Syntax:
//
//	token_refresh [<matcher>] {
//		# versions of the backend's libraries, from pip freeze; each is a series or a full release
//		simplejwt_version <5.2|5.3|5.4|5.5|release>
//		pyjwt_version     <2.4 and later>
//		drf_version       <3.14 and later>
//		django_version    <4.2 and later>
//
//		# endpoints, each with and without a trailing slash; off switches one off
//		refresh_path   <paths...>
//		verify_path    <paths...>
//		blacklist_path <paths...>
//		sliding_path   <paths...>
//		ready_path     <paths...>
//
//		# settings of SIMPLE_JWT; a switch is <name> [on|off]
//		algorithm              <name>
//		signing_key            <key>
//		verifying_key          <pem>
//		jwk_url                <url>
//		audience               <aud...>
//		audience_list
//		issuer                 <iss>
//		leeway                 <duration>
//		access_token_lifetime  <duration>
//		refresh_token_lifetime <duration>
//		sliding_token_lifetime          <duration>
//		sliding_token_refresh_lifetime  <duration>
//		sliding_token_refresh_exp_claim <name>
//		rotate_refresh_tokens
//		blacklist_after_rotation
//		auth_header_types      <types...>
//		user_id_claim          <name>
//		user_id_field          <column>
//		token_type_claim       <name>|off
//		jti_claim              <name>|off
//		check_user_is_active
//		check_revoke_token
//		revoke_token_claim     <name>
//
//		# beyond SimpleJWT
//		name             <text> [separate]
//		rollout          <percent>%
//		refusals         edge|backend
//		renderers        json [api]
//		previous_key     <key> [<algorithm>]
//		key_id           <kid>
//		jwks_path        <paths...>
//		max_body         <size>
//		reuse_grace      <duration>
//		late_retry       <duration>
//		session_lifetime <duration>
//		reuse_detection
//		end_sessions_on_password_change
//		allow_short_key
//		trusted_origins  <origins...>
//		cookies {
//			...
//		}
//		dj_rest_auth {
//			...
//		}
//		user_check <url> {
//			...
//		}
//
//		store <name> [<args...>] {
//			...
//		}
//	}
//
// previous_key may be repeated, any other subdirective is given once.
func (h *Handler) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	d.Next() // consume directive name
	if d.NextArg() {
		return d.Errf("token_refresh takes no argument but a matcher, and %q is not one: write settings in a block", d.Val())
	}
	return setting.Each(d, func(name string) error {
		if err := h.unmarshalSubdirective(d, name); err != nil {
			return err
		}
		if slices.Contains(blocks, name) {
			return nil
		}
		return setting.NoBlock(d, name)
	}, "previous_key")
}

// blocks are the subdirectives that take a block.
var blocks = []string{"store", "cookies", "dj_rest_auth", "user_check"}

func (h *Handler) unmarshalSubdirective(d *caddyfile.Dispenser, name string) error {
	switch name {
	case "simplejwt_version":
		return setting.Text(d, &h.SimpleJWTVersion)
	case "pyjwt_version":
		return setting.Text(d, &h.PyJWTVersion)
	case "drf_version":
		return setting.Text(d, &h.DRFVersion)
	case "django_version":
		return setting.Text(d, &h.DjangoVersion)
	case "refresh_path":
		return setting.Texts(d, &h.RefreshPath)
	case "verify_path":
		return setting.Texts(d, &h.VerifyPath)
	case "blacklist_path":
		return setting.Texts(d, &h.BlacklistPath)
	case "sliding_path":
		return setting.Texts(d, &h.SlidingPath)
	case "ready_path":
		return setting.Texts(d, &h.ReadyPath)
	case "sliding_token_lifetime":
		return parseLifetime(d, &h.SlidingTokenLifetime)
	case "sliding_token_refresh_lifetime":
		return parseLifetime(d, &h.SlidingTokenRefreshLifetime)
	case "sliding_token_refresh_exp_claim":
		return setting.Text(d, &h.SlidingTokenRefreshExpClaim)
	case "algorithm":
		return setting.Text(d, &h.Algorithm)
	case "signing_key":
		return setting.Secret(d, &h.SigningKey)
	case "verifying_key":
		return setting.Secret(d, &h.VerifyingKey)
	case "jwk_url":
		return setting.Text(d, &h.JWKURL)
	case "previous_key":
		return h.parsePreviousKey(d)
	case "key_id":
		return setting.Text(d, &h.KeyID)
	case "jwks_path":
		return setting.Texts(d, &h.JWKSPath)
	case "audience":
		return setting.Texts(d, &h.Audience)
	case "audience_list":
		return setting.Switch(d, &h.AudienceList)
	case "issuer":
		return parseIssuer(d, &h.Issuer)
	case "leeway":
		return setting.Duration(d, &h.Leeway)
	case "access_token_lifetime":
		return parseLifetime(d, &h.AccessTokenLifetime)
	case "refresh_token_lifetime":
		return parseLifetime(d, &h.RefreshTokenLifetime)
	case "rotate_refresh_tokens":
		return setting.Switch(d, &h.RotateRefreshTokens)
	case "blacklist_after_rotation":
		return setting.Switch(d, &h.BlacklistAfterRotation)
	case "reuse_grace":
		return setting.Duration(d, &h.ReuseGrace)
	case "late_retry":
		return setting.Duration(d, &h.LateRetry)
	case "reuse_detection":
		return setting.Switch(d, &h.ReuseDetection)
	case "session_lifetime":
		return parseLifetime(d, &h.SessionLifetime)
	case "store":
		var err error
		h.StoreRaw, err = stores.Parse(d)
		return err
	case "user_id_field":
		return setting.Text(d, &h.UserIDField)
	case "check_user_is_active":
		h.CheckUserIsActive = new(bool)
		return setting.Switch(d, h.CheckUserIsActive)
	case "check_revoke_token":
		return setting.Switch(d, &h.CheckRevokeToken)
	case "end_sessions_on_password_change":
		return setting.Switch(d, &h.EndSessionsOnPasswordChange)
	case "revoke_token_claim":
		return setting.Text(d, &h.RevokeTokenClaim)
	case "auth_header_types":
		return setting.Texts(d, &h.AuthHeaderTypes)
	case "renderers":
		return setting.Texts(d, &h.Renderers)
	case "user_id_claim":
		return setting.Text(d, &h.UserIDClaim)
	case "token_type_claim":
		return parseClaimOrOff(d, &h.TokenTypeClaim)
	case "jti_claim":
		return parseClaimOrOff(d, &h.JTIClaim)
	case "name":
		return h.parseName(d)
	case "rollout":
		return h.parseRollout(d)
	case "refusals":
		return setting.Text(d, &h.Refusals)
	case "trusted_origins":
		return setting.Texts(d, &h.TrustedOrigins)
	case "cookies":
		var err error
		h.Cookies, err = cookie.Parse(d)
		return err
	case "dj_rest_auth":
		var err error
		h.DJRestAuth, err = djrestauth.Parse(d)
		return err
	case "user_check":
		var err error
		h.UserCheck, err = usercheck.Parse(d)
		return err
	case "max_body":
		return setting.Size(d, &h.MaxBody)
	case "allow_short_key":
		return setting.Switch(d, &h.AllowShortKey)
	default:
		return d.Err(explain.Unknown(name, subdirectives()))
	}
}

// parsePreviousKey takes a key and, where it is not the handler's, its algorithm.
func (h *Handler) parsePreviousKey(d *caddyfile.Dispenser) error {
	args := d.RemainingArgs()
	if len(args) == 0 || len(args) > 2 || args[0] == "" {
		return d.Err("previous_key takes a key and optionally an algorithm: write previous_key {env.NAME} [<algorithm>]")
	}
	key := PreviousKey{Key: args[0]}
	if len(args) == 2 {
		key.Algorithm = args[1]
	}
	h.PreviousKey = append(h.PreviousKey, key)
	return nil
}

// parseLifetime takes a duration that is not 0, which would stand for the default.
func parseLifetime(d *caddyfile.Dispenser, into *caddy.Duration) error {
	name := d.Val()
	err := setting.Duration(d, into)
	if d.Val() == "0" || err == nil && *into == 0 {
		return d.Errf("%s %s is not a lifetime: write at least 1s, or delete the line for the default", name, d.Val())
	}
	return err
}

// parseClaimOrOff takes the name of a claim, or off where SIMPLE_JWT has None.
func parseClaimOrOff(d *caddyfile.Dispenser, into *string) error {
	name := d.Val()
	err := setting.Text(d, into)
	if setting.IsNone(*into) {
		return d.Errf("%s: a Caddyfile has no None: write %s off", name, name)
	}
	return err
}

// parseIssuer takes an issuer. It refuses "", which in Django does not mean None.
func parseIssuer(d *caddyfile.Dispenser, into *string) error {
	err := setting.Text(d, into)
	if d.Val() == "" {
		return d.Err(`issuer is empty: with ISSUER = "" Django also refuses every token whose iss is not empty: ` +
			"name the issuer here and in Django, or set ISSUER to None in Django and then delete the line")
	}
	return err
}

// parseName takes a name, and optionally the word separate (see [Handler.Separate]).
func (h *Handler) parseName(d *caddyfile.Dispenser) error {
	args := d.RemainingArgs()
	if len(args) == 0 || len(args) > 2 || args[0] == "" || len(args) == 2 && args[1] != "separate" {
		return d.Err("name takes one value, in quotes if it has spaces, and optionally the word separate: write name <text> [separate]")
	}
	h.Name, h.Separate = args[0], len(args) == 2
	return nil
}

// parseRollout takes a share in percent.
func (h *Handler) parseRollout(d *caddyfile.Dispenser) error {
	var text string
	if err := setting.Text(d, &text); err != nil {
		return err
	}
	number, found := strings.CutSuffix(text, "%")
	share, err := strconv.ParseFloat(number, 64)
	if err != nil || !found || math.IsNaN(share) || math.IsInf(share, 0) {
		return d.Errf("rollout %.40q is not a share: write a percentage from 0%% to 100%%, such as rollout 0%%", text)
	}
	h.Rollout = &share
	return nil
}

// UnmarshalJSON implements [json.Unmarshaler]. Its errors say how to write a setting
// that is refused.
func (h *Handler) UnmarshalJSON(data []byte) error {
	type settings Handler // has no methods
	return explain.JSON(data, (*settings)(h), subdirectives())
}

// subdirectives returns the names of the grammar: those of the JSON fields.
func subdirectives() []string {
	return slices.DeleteFunc(explain.Names[Handler](), func(name string) bool { return name == "separate" })
}

// Interface guard
var _ caddyfile.Unmarshaler = (*Handler)(nil)
