// SPDX-License-Identifier: Apache-2.0

package caddyrefresh

import (
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
)

const directive = "token_refresh"

func init() {
	httpcaddyfile.RegisterHandlerDirective(directive, parseCaddyfile)
	// Before handle, route and reverse_proxy, which would swallow the endpoint;
	// after what rewrites, limits and guards requests.
	httpcaddyfile.RegisterDirectiveOrder(directive, httpcaddyfile.After, "encode")
}

func parseCaddyfile(h httpcaddyfile.Helper) (caddyhttp.MiddlewareHandler, error) {
	handler := new(Handler)
	return handler, handler.UnmarshalCaddyfile(h.Dispenser)
}

// UnmarshalCaddyfile sets up the handler from Caddyfile tokens. Syntax:
//
//	token_refresh [<matcher>] {
//		simplejwt_version <5.2|5.3|5.4|5.5>
//
//		# endpoints, each with and without a trailing slash; off switches one off
//		refresh_path   <paths...>
//		verify_path    <paths...>
//		blacklist_path <paths...>
//
//		# settings of SIMPLE_JWT; a switch is <name> [on|off]
//		algorithm              <name>
//		signing_key            <key>
//		verifying_key          <pem>
//		jwk_url                <url>
//		audience               <aud...>
//		issuer                 <iss>
//		leeway                 <duration>
//		access_token_lifetime  <duration>
//		refresh_token_lifetime <duration>
//		rotate_refresh_tokens
//		blacklist_after_rotation
//		auth_header_types      <types...>
//		user_id_claim          <name>
//		user_id_field          <column>
//		token_type_claim       <name>
//		jti_claim              <name>
//		check_user_is_active
//		check_revoke_token
//		revoke_token_claim     <name>
//
//		# beyond SimpleJWT
//		name             <text>
//		previous_key     <key> [<algorithm>]
//		key_id           <kid>
//		jwks_path        <paths...>
//		max_body         <size>
//		reuse_grace      <duration>
//		session_lifetime <duration>
//		reuse_detection
//		allow_short_key
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
		return d.Errf("token_refresh takes no arguments besides a matcher, and %q is none: write settings into a block", d.Val())
	}
	seen := make(map[string]bool)
	for d.NextBlock(0) {
		name := d.Val()
		if seen[name] && name != "previous_key" {
			return d.Errf("%s is given twice: keep one line", name)
		}
		seen[name] = true
		if err := h.unmarshalSubdirective(d, name); err != nil {
			return err
		}
		if name != "store" && d.NextBlock(d.Nesting()) {
			return d.Errf("%s takes no block: delete the braces behind it", name)
		}
	}
	return nil
}

func (h *Handler) unmarshalSubdirective(d *caddyfile.Dispenser, name string) error {
	switch name {
	case "simplejwt_version":
		return parseText(d, &h.SimpleJWTVersion)
	case "refresh_path":
		return parseTexts(d, &h.RefreshPath)
	case "verify_path":
		return parseTexts(d, &h.VerifyPath)
	case "blacklist_path":
		return parseTexts(d, &h.BlacklistPath)
	case "algorithm":
		return parseText(d, &h.Algorithm)
	case "signing_key":
		return parseSecret(d, &h.SigningKey)
	case "verifying_key":
		return parseSecret(d, &h.VerifyingKey)
	case "jwk_url":
		return parseText(d, &h.JWKURL)
	case "previous_key":
		return parsePreviousKey(d, &h.PreviousKey)
	case "key_id":
		return parseText(d, &h.KeyID)
	case "jwks_path":
		return parseTexts(d, &h.JWKSPath)
	case "audience":
		return parseTexts(d, &h.Audience)
	case "issuer":
		return parseText(d, &h.Issuer)
	case "leeway":
		return parseDuration(d, &h.Leeway)
	case "access_token_lifetime":
		return parseDuration(d, &h.AccessTokenLifetime)
	case "refresh_token_lifetime":
		return parseDuration(d, &h.RefreshTokenLifetime)
	case "rotate_refresh_tokens":
		return parseSwitch(d, &h.RotateRefreshTokens)
	case "blacklist_after_rotation":
		return parseSwitch(d, &h.BlacklistAfterRotation)
	case "reuse_grace":
		return parseDuration(d, &h.ReuseGrace)
	case "reuse_detection":
		return parseSwitch(d, &h.ReuseDetection)
	case "session_lifetime":
		return parseDuration(d, &h.SessionLifetime)
	case "store":
		return parseStore(d, &h.StoreRaw)
	case "user_id_field":
		return parseText(d, &h.UserIDField)
	case "check_user_is_active":
		h.CheckUserIsActive = new(bool)
		return parseSwitch(d, h.CheckUserIsActive)
	case "check_revoke_token":
		return parseSwitch(d, &h.CheckRevokeToken)
	case "revoke_token_claim":
		return parseText(d, &h.RevokeTokenClaim)
	case "auth_header_types":
		return parseTexts(d, &h.AuthHeaderTypes)
	case "user_id_claim":
		return parseText(d, &h.UserIDClaim)
	case "token_type_claim":
		return parseText(d, &h.TokenTypeClaim)
	case "jti_claim":
		return parseText(d, &h.JTIClaim)
	case "name":
		return parseText(d, &h.Name)
	case "max_body":
		return parseSize(d, &h.MaxBody)
	case "allow_short_key":
		return parseSwitch(d, &h.AllowShortKey)
	default:
		return d.Errf("%s", unknownSubdirective(name))
	}
}

// Interface guard
var _ caddyfile.Unmarshaler = (*Handler)(nil)
