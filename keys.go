// SPDX-License-Identifier: Apache-2.0

package caddyrefresh

import (
	"cmp"
	"fmt"
	"net/http"
	"strings"

	"go.uber.org/zap"

	"github.com/caddyrefresh/caddyrefresh/internal/jwks"
	"github.com/caddyrefresh/caddyrefresh/internal/keyset"
	"github.com/caddyrefresh/caddyrefresh/internal/simplejwt"
	"github.com/caddyrefresh/caddyrefresh/store/setting"
)

// keyring holds the keys that the settings name.
type keyring struct {
	signing   *simplejwt.Key
	verifying *simplejwt.Key // nil for the public half of the signing key
	previous  []*simplejwt.Key
}

// verify returns the keys that verify tokens, the signing key first. The keys of a
// JWK Set are not among them.
func (k *keyring) verify() []*simplejwt.Key {
	return append([]*simplejwt.Key{k.signing}, k.previous...)
}

// provisionKeys loads every key that is named, and takes the set at jwk_url.
func (h *Handler) provisionKeys() (*keyring, error) {
	if h.SigningKey == "" {
		return nil, fmt.Errorf("signing_key is missing: write signing_key {env.DJANGO_SECRET_KEY}, " +
			"or wherever the value of Django's SIGNING_KEY is found")
	}
	algorithm := cmp.Or(h.Algorithm, simplejwt.DefaultAlgorithm)
	if err := checkAlgorithmCase(algorithm); err != nil {
		return nil, err
	}
	switch {
	case h.VerifyingKey != "" && h.JWKURL != "":
		return nil, fmt.Errorf("jwk_url takes the place of verifying_key: delete one of the two")
	case h.VerifyingKey != "" && simplejwt.Symmetric(algorithm):
		return nil, fmt.Errorf("verifying_key has no effect with %s, which verifies with signing_key: delete the line, or name an asymmetric algorithm", algorithm)
	}
	if !h.release.HasAlgorithm(algorithm) && simplejwt.KnownAlgorithm(algorithm) {
		h.logger.Warn("SimpleJWT "+h.release.Version.String()+" does not know this algorithm: write simplejwt_version 5.4 or later",
			zap.String("algorithm", algorithm))
	}
	keys := new(keyring)
	var err error
	if keys.signing, err = h.loadKey("signing_key", h.SigningKey, algorithm, simplejwt.NewKey); err != nil {
		return nil, err
	}
	if h.VerifyingKey != "" {
		verifyingKey := func(algorithm string, pem []byte, _ bool) (*simplejwt.Key, error) {
			return simplejwt.NewVerifyingKey(algorithm, pem)
		}
		if keys.verifying, err = h.loadKey("verifying_key", h.VerifyingKey, algorithm, verifyingKey); err != nil {
			return nil, err
		}
	}
	for _, previous := range h.PreviousKey {
		name := cmp.Or(previous.Algorithm, algorithm)
		if err := checkAlgorithmCase(name); err != nil {
			return nil, fmt.Errorf("previous_key: %w", err)
		}
		key, err := h.loadKey("previous_key", previous.Key, name, simplejwt.NewPreviousKey)
		if err != nil {
			return nil, err
		}
		if key.Same(keys.signing) {
			h.logger.Warn("previous_key is the same key as signing_key: write the key that was there before, or delete the line")
		}
		keys.previous = append(keys.previous, key)
	}
	return keys, h.provisionKeySet(algorithm)
}

// loadKey replaces the placeholders in value and makes a key of the result.
func (h *Handler) loadKey(name, value, algorithm string, makeKey func(string, []byte, bool) (*simplejwt.Key, error)) (*simplejwt.Key, error) {
	secret, err := setting.Resolve(name, value)
	if err != nil {
		return nil, err
	}
	if err := simplejwt.CheckKeyValue([]byte(secret)); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
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

// provisionKeySet takes the set at jwk_url.
func (h *Handler) provisionKeySet(algorithm string) error {
	if h.JWKURL == "" {
		return nil
	}
	if simplejwt.Symmetric(algorithm) {
		return fmt.Errorf("jwk_url has public keys, and %s has none: name the asymmetric algorithm of these keys, or delete jwk_url", algorithm)
	}
	url, err := setting.Resolve("jwk_url", h.JWKURL)
	if err != nil {
		return err
	}
	if h.keySet, err = keyset.Take(h.Name, h.JWKURL, strings.TrimSpace(url), algorithm, h.release.PyJWT.FollowsRedirects); err != nil {
		return err
	}
	if h.keySet.HasPassword() && !setting.HasPlaceholder(h.JWKURL) {
		h.logger.Warn("the password in jwk_url is written out in the configuration, which the admin API shows: " +
			"use a placeholder such as https://{env.JWKS_USER}:{env.JWKS_PASSWORD}@host/path")
	}
	if h.keySet.Insecure() {
		h.logger.Warn("jwk_url is not https: whoever can change what is sent there can forge tokens")
	}
	return nil
}

// keyDocument returns the JWK Set that jwks_path publishes (RFC 7517 section 5), or nil. It has the public halves of all keys: readers need a previous key as
// long as tokens that it signed are valid.
func (h *Handler) keyDocument(keys *keyring, paths []string) (http.Handler, error) {
	if len(paths) == 0 {
		return nil, nil
	}
	var public []jwks.PublicKey
	for i, key := range keys.verify() {
		if key.PublicKey() == nil {
			continue
		}
		published := jwks.PublicKey{Key: key.PublicKey(), Algorithm: key.Algorithm()}
		if i == 0 {
			published.KeyID = h.KeyID
		}
		public = append(public, published)
	}
	if len(public) == 0 {
		return nil, fmt.Errorf("jwks_path has nothing to publish, since %s keys are secrets: delete the line, or name an asymmetric algorithm",
			keys.signing.Algorithm())
	}
	document, err := jwks.NewDocument(public...)
	if err != nil {
		return nil, fmt.Errorf("jwks_path: %w", err)
	}
	return document, nil
}
