// SPDX-License-Identifier: Apache-2.0

package caddyrefresh

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/caddyserver/caddy/v2"

	"github.com/caddyrefresh/caddyrefresh/internal/release"
	"github.com/caddyrefresh/caddyrefresh/internal/simplejwt"
)

// Defaults, those of SimpleJWT where it has the setting (settings.py).
const (
	defaultRefreshPath          = "/api/token/refresh"
	defaultBlacklistPath        = "/api/token/blacklist"
	defaultAlgorithm            = "HS256"
	defaultAccessTokenLifetime  = 5 * time.Minute
	defaultRefreshTokenLifetime = 24 * time.Hour
	defaultAuthHeaderType       = "Bearer"
	defaultUserIDClaim          = "user_id"
	defaultTokenTypeClaim       = "token_type"
	defaultJTIClaim             = "jti"
	defaultUserIDField          = "id"
	defaultRevokeTokenClaim     = "hash_password"
	defaultMaxBody              = 64 << 10
)

// or returns value, or fallback where value is zero.
func or[T comparable](value, fallback T) T {
	var zero T
	if value == zero {
		return fallback
	}
	return value
}

func (h *Handler) provisionRelease() error {
	if h.SimpleJWTVersion == "" {
		h.logger.Info("simplejwt_version is not set; answering as SimpleJWT " + release.Default +
			" does: name the release that the backend runs, for its exact answers")
	}
	name := or(h.SimpleJWTVersion, release.Default)
	var known bool
	if h.release, known = release.Named(name); !known {
		return unknownRelease(name)
	}
	return nil
}

func unknownRelease(name string) error {
	for _, known := range release.All() {
		if strings.HasPrefix(name, known.Name+".") {
			return fmt.Errorf("simplejwt_version %q has a patch number: write %s, which stands for %s", name, known.Name, known.Stands)
		}
	}
	return fmt.Errorf("simplejwt_version %q is not known: write one of %s, the nearest to what the backend runs",
		name, strings.Join(release.Names(), ", "))
}

func (h *Handler) provisionBackend() error {
	h.challenge = defaultAuthHeaderType
	if len(h.AuthHeaderTypes) > 0 {
		h.challenge = h.AuthHeaderTypes[0]
	}
	h.challenge += ` realm="api"`
	h.maxBody = or(h.MaxBody, defaultMaxBody)
	h.jsonOnly = len(h.Renderers) == 1
	config := &simplejwt.Config{
		Release:              h.release,
		Audience:             h.Audience,
		Issuer:               h.Issuer,
		Leeway:               time.Duration(h.Leeway),
		AccessTokenLifetime:  or(time.Duration(h.AccessTokenLifetime), defaultAccessTokenLifetime),
		RefreshTokenLifetime: or(time.Duration(h.RefreshTokenLifetime), defaultRefreshTokenLifetime),
		RotateRefreshTokens:  h.RotateRefreshTokens,
		UserIDClaim:          or(h.UserIDClaim, defaultUserIDClaim),
		TokenTypeClaim:       or(h.TokenTypeClaim, defaultTokenTypeClaim),
		JTIClaim:             or(h.JTIClaim, defaultJTIClaim),
		NewJTI:               h.newJTI,

		StoreName:              h.Name,
		BlacklistAfterRotation: h.BlacklistAfterRotation,
		ReuseGrace:             time.Duration(h.ReuseGrace),
		ReuseDetection:         h.ReuseDetection,
		SessionLifetime:        time.Duration(h.SessionLifetime),
		CheckUserIsActive:      h.CheckUserIsActive == nil || *h.CheckUserIsActive,
		RevokeTokenClaim:       or(h.RevokeTokenClaim, defaultRevokeTokenClaim),

		EndSessionsOnPasswordChange: h.EndSessionsOnPasswordChange,
	}
	if h.store != nil {
		h.store.lifetime = config.RefreshTokenLifetime
		config.Store, config.StoreAhead = h.store, h.store.ahead
	}
	err := h.provisionKeys(config)
	if err != nil {
		return err
	}
	h.signingKey = config.SigningKey
	h.keys = append([]*simplejwt.Key{config.SigningKey}, config.PreviousKeys...)
	if err := h.provisionKeyDocument(config); err != nil {
		return err
	}
	h.backend, err = simplejwt.New(config)
	return err
}

// onePlaceholder matches a value that is nothing but a placeholder, whose name
// is no secret.
var onePlaceholder = regexp.MustCompile(`^\{(?:env|file)\.[^{}]+\}$`)

// hasPlaceholder says whether some of value comes from elsewhere.
func hasPlaceholder(value string) bool {
	return strings.Contains(value, "{env.") || strings.Contains(value, "{file.")
}

// resolveSecret replaces the placeholders in value. Its errors never hold the
// value, part of which may be the secret itself.
func resolveSecret(setting, value string) (string, error) {
	secret, err := caddy.NewReplacer().ReplaceOrErr(value, true, true)
	switch {
	case err == nil && secret != "":
		return secret, nil
	case onePlaceholder.MatchString(value):
		return "", fmt.Errorf("%s: %s is empty or cannot be read: set it where Caddy runs, then start Caddy again", setting, value)
	default:
		return "", fmt.Errorf("%s: it holds a placeholder that is unknown or empty: "+
			"use {env.NAME} or {file./path}, and write braces that belong to the secret as \\{ and \\}", setting)
	}
}
