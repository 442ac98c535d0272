// SPDX-License-Identifier: Apache-2.0

package caddyrefresh

import (
	"fmt"
	"strings"
	"unicode"

	"go.uber.org/zap"

	"github.com/caddyrefresh/caddyrefresh/internal/simplejwt"
	"github.com/caddyrefresh/caddyrefresh/store/setting"
)

// PreviousKey is a key that signs no more and whose tokens are still good.
type PreviousKey struct {
	// The secret or the PEM that was the signing key, or the public half of
	// it. Write a placeholder.
	Key string `json:"key,omitempty"`

	// The algorithm of the key, and of it alone. Default: the handler's
	Algorithm string `json:"algorithm,omitempty"`
}

// provisionKeys loads every key that is named.
func (h *Handler) provisionKeys(c *simplejwt.Config) error {
	if h.SigningKey == "" {
		return fmt.Errorf("signing_key is missing: write signing_key {env.DJANGO_SECRET_KEY}, " +
			"or wherever the value of Django's SIGNING_KEY is found")
	}
	algorithm := or(h.Algorithm, defaultAlgorithm)
	if err := checkAlgorithmCase(algorithm); err != nil {
		return err
	}
	switch {
	case h.VerifyingKey != "" && h.JWKURL != "":
		return fmt.Errorf("jwk_url takes the place of verifying_key: delete one of the two")
	case h.VerifyingKey != "" && simplejwt.Symmetric(algorithm):
		return fmt.Errorf("verifying_key has no use with %s, which verifies with signing_key: delete the line, or name an asymmetric algorithm", algorithm)
	}
	if !h.release.HasAlgorithm(algorithm) && simplejwt.KnownAlgorithm(algorithm) {
		h.logger.Warn("SimpleJWT "+h.release.Name+" does not know this algorithm: write simplejwt_version 5.4 or later",
			zap.String("algorithm", algorithm))
	}
	var err error
	if c.SigningKey, err = h.loadKey("signing_key", h.SigningKey, algorithm, simplejwt.NewKey); err != nil {
		return err
	}
	if h.VerifyingKey != "" {
		verifyingKey := func(algorithm string, pem []byte, _ bool) (*simplejwt.Key, error) {
			return simplejwt.NewVerifyingKey(algorithm, pem)
		}
		if c.VerifyingKey, err = h.loadKey("verifying_key", h.VerifyingKey, algorithm, verifyingKey); err != nil {
			return err
		}
	}
	for _, previous := range h.PreviousKey {
		name := or(previous.Algorithm, algorithm)
		if err := checkAlgorithmCase(name); err != nil {
			return fmt.Errorf("previous_key: %w", err)
		}
		key, err := h.loadKey("previous_key", previous.Key, name, simplejwt.NewPreviousKey)
		if err != nil {
			return err
		}
		c.PreviousKeys = append(c.PreviousKeys, key)
	}
	c.KeyID = h.KeyID
	return h.provisionKeySet(c, algorithm)
}

// loadKey makes a key of what the placeholders in value stand for.
func (h *Handler) loadKey(name, value, algorithm string, makeKey func(string, []byte, bool) (*simplejwt.Key, error)) (*simplejwt.Key, error) {
	secret, err := setting.Resolve(name, value)
	if err != nil {
		return nil, err
	}
	key, err := makeKey(algorithm, []byte(secret), h.AllowShortKey)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if name != "verifying_key" && !setting.HasPlaceholder(value) {
		h.logger.Warn(name + " is written out in the configuration, which the admin API shows: " +
			"use a placeholder such as {env.DJANGO_SECRET_KEY} or {file./run/secrets/jwt}")
	}
	if key.Short() {
		h.logger.Warn(name+" is shorter than RFC 7518 section 3.2 allows; allow_short_key accepts the risk",
			zap.String("algorithm", algorithm))
	}
	return key, nil
}

func checkAlgorithmCase(algorithm string) error {
	for _, known := range simplejwt.Algorithms() {
		if algorithm != known && strings.EqualFold(algorithm, known) {
			return fmt.Errorf("algorithm %q: write %s, since algorithm names are case-sensitive", algorithm, known)
		}
	}
	return nil
}

func (h *Handler) validateKeyID() error {
	const maxKeyID = 255
	if len(h.KeyID) > maxKeyID || strings.ContainsFunc(h.KeyID, unicode.IsControl) {
		return fmt.Errorf("key_id: it has to be printable and of at most %d bytes", maxKeyID)
	}
	return nil
}
