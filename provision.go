// SPDX-License-Identifier: Apache-2.0

package caddyrefresh

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/caddyserver/caddy/v2"
	"go.uber.org/zap"

	"github.com/caddyrefresh/caddyrefresh/internal/simplejwt"
)

// Defaults, those of SimpleJWT where it has the setting (settings.py).
const (
	defaultRefreshPath          = "/api/token/refresh"
	defaultAlgorithm            = "HS256"
	defaultAccessTokenLifetime  = 5 * time.Minute
	defaultRefreshTokenLifetime = 24 * time.Hour
	defaultAuthHeaderType       = "Bearer"
	defaultUserIDClaim          = "user_id"
	defaultTokenTypeClaim       = "token_type"
	defaultJTIClaim             = "jti"
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
		h.logger.Info("simplejwt_version is not set; answering as SimpleJWT " + simplejwt.DefaultRelease +
			" does: name the release that the backend runs, for its exact answers")
	}
	name := or(h.SimpleJWTVersion, simplejwt.DefaultRelease)
	h.release = simplejwt.LookUpRelease(name)
	if h.release == nil {
		return unknownRelease(name)
	}
	if h.release.ChecksUser() {
		h.logger.Warn("SimpleJWT " + name + " refuses tokens of users that are inactive or deleted; " +
			"this edge sees no users and goes on issuing access tokens until the refresh token expires")
	}
	return nil
}

func unknownRelease(name string) error {
	for _, known := range simplejwt.ReleaseNames() {
		if strings.HasPrefix(name, known+".") {
			return fmt.Errorf("simplejwt_version %q has a patch number: write %s, which stands for %s",
				name, known, simplejwt.LookUpRelease(known).Stands)
		}
	}
	return fmt.Errorf("simplejwt_version %q is not known: write one of %s, the nearest to what the backend runs",
		name, strings.Join(simplejwt.ReleaseNames(), ", "))
}

func (h *Handler) provisionBackend() error {
	key, err := h.loadSigningKey()
	if err != nil {
		return err
	}
	h.challenge = defaultAuthHeaderType
	if len(h.AuthHeaderTypes) > 0 {
		h.challenge = h.AuthHeaderTypes[0]
	}
	h.challenge += ` realm="api"`
	h.maxBody = or(h.MaxBody, defaultMaxBody)
	h.backend, err = simplejwt.New(&simplejwt.Config{
		Release:              h.release,
		SigningKey:           key,
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
	})
	return err
}

func (h *Handler) loadSigningKey() (*simplejwt.Key, error) {
	if h.SigningKey == "" {
		return nil, fmt.Errorf("signing_key is missing: write signing_key {env.DJANGO_SECRET_KEY}, " +
			"or wherever the value of Django's SIGNING_KEY is found")
	}
	algorithm := or(h.Algorithm, defaultAlgorithm)
	if upper := strings.ToUpper(algorithm); upper != algorithm && simplejwt.KnownAlgorithm(upper) {
		return nil, fmt.Errorf("algorithm %q: write %s, since algorithm names are case-sensitive", algorithm, upper)
	}
	secret, err := resolveSecret("signing_key", h.SigningKey)
	if err != nil {
		return nil, err
	}
	if !hasPlaceholder(h.SigningKey) {
		h.logger.Warn("signing_key is written out in the configuration, which the admin API shows: " +
			"use a placeholder such as {env.DJANGO_SECRET_KEY} or {file./run/secrets/jwt}")
	}
	key, err := simplejwt.NewKey(algorithm, []byte(secret), h.AllowShortKey)
	if err != nil {
		return nil, fmt.Errorf("signing_key: %w", err)
	}
	if h.AllowShortKey && key.Short() {
		h.logger.Warn("signing_key is shorter than RFC 7518 section 3.2 allows; allow_short_key accepts the risk",
			zap.String("algorithm", algorithm))
	}
	return key, nil
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
