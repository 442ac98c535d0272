// SPDX-License-Identifier: Apache-2.0

package caddyrefresh

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/caddyserver/caddy/v2"
	"go.uber.org/zap"

	"github.com/caddyrefresh/caddyrefresh/internal/jwks"
	"github.com/caddyrefresh/caddyrefresh/internal/simplejwt"
	"github.com/caddyrefresh/caddyrefresh/store/setting"
)

// keySets holds the sets in use by name, URL and algorithm, so that a reload
// keeps the keys that are known while the URL is down.
var keySets = caddy.NewUsagePool()

// keySet is a [simplejwt.KeySet] at a URL.
type keySet struct {
	name   string
	remote *jwks.Remote[*simplejwt.Key]
}

// Key looks a key up; it is fetched where it is not known yet.
func (s *keySet) Key(ctx context.Context, kid string) (*simplejwt.Key, error) {
	key, err := s.remote.Key(ctx, kid)
	if errors.Is(err, jwks.ErrNoKey) {
		return nil, nil
	}
	return key, err
}

// Destruct implements [caddy.Destructor].
func (s *keySet) Destruct() error {
	s.remote.Close()
	return nil
}

// provisionKeySet prepares the set at jwk_url. Nothing is fetched before a token
// asks for a key.
func (h *Handler) provisionKeySet(c *simplejwt.Config, algorithm string) error {
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
	url = strings.TrimSpace(url)
	poolKey := strings.Join([]string{h.Name, h.JWKURL, url, algorithm}, "\x00")
	set, _, err := keySets.LoadOrNew(poolKey, func() (caddy.Destructor, error) {
		return newKeySet(h.Name, url, algorithm, setting.HasPlaceholder(h.JWKURL))
	})
	if err != nil {
		return err
	}
	h.keySetKey = poolKey
	c.KeySet = set.(*keySet)
	if set.(*keySet).remote.HasPassword() && !setting.HasPlaceholder(h.JWKURL) {
		h.logger.Warn("the password in jwk_url is written out in the configuration, which the admin API shows: " +
			"use a placeholder such as https://{env.JWKS_USER}:{env.JWKS_PASSWORD}@host/path")
	}
	if set.(*keySet).remote.Insecure() {
		h.logger.Warn("jwk_url is not https: whoever can change what is sent there can forge tokens")
	}
	return nil
}

func newKeySet(name, url, algorithm string, hidePath bool) (*keySet, error) {
	remote, err := jwks.New(jwks.Config[*simplejwt.Key]{
		URL:       url,
		HidePath:  hidePath,
		Algorithm: algorithm,
		NewKey:    simplejwt.NewVerifyingKeyFrom,
		Logger: func() *zap.Logger {
			return caddy.Log().Named("http.handlers.token_refresh")
		},
		OnFetch: func(result jwks.Result, _ time.Duration) {
			keyFetchesTotal.WithLabelValues(name, string(result)).Inc()
		},
	})
	if err != nil {
		return nil, fmt.Errorf("jwk_url: %w", err)
	}
	return &keySet{name: name, remote: remote}, nil
}

// releaseKeySet gives the set back that provisionKeySet took, if it did.
func (h *Handler) releaseKeySet() error {
	if h.keySetKey == "" {
		return nil
	}
	_, err := keySets.Delete(h.keySetKey)
	h.keySetKey = ""
	return err
}

// keyDocument is what jwks_path publishes (RFC 7517 section 5).
type keyDocument struct {
	document *jwks.Document
	paths    endpoints
}

// provisionKeyDocument collects the public halves of all keys: a reader needs
// the previous ones for as long as there are tokens of theirs.
func (h *Handler) provisionKeyDocument(c *simplejwt.Config) error {
	if len(h.JWKSPath) == 0 || len(h.JWKSPath) == 1 && h.JWKSPath[0] == off {
		return nil
	}
	paths := make(endpoints)
	if err := paths.add("jwks_path", h.JWKSPath, new(endpoint)); err != nil {
		return err
	}
	var keys []jwks.PublicKey
	for i, key := range append([]*simplejwt.Key{c.SigningKey}, c.PreviousKeys...) {
		if key.PublicKey() == nil {
			continue
		}
		public := jwks.PublicKey{Key: key.PublicKey(), Algorithm: key.Algorithm()}
		if i == 0 {
			public.KeyID = h.KeyID
		}
		keys = append(keys, public)
	}
	if len(keys) == 0 {
		return fmt.Errorf("jwks_path has nothing to publish, since %s keys are secrets: delete the line, or name an asymmetric algorithm",
			c.SigningKey.Algorithm())
	}
	document, err := jwks.NewDocument(keys...)
	if err != nil {
		return fmt.Errorf("jwks_path: %w", err)
	}
	h.keyDocument = &keyDocument{document: document, paths: paths}
	return nil
}

// owns says whether r asks for the document.
func (d *keyDocument) owns(r *http.Request) bool {
	return d != nil && (r.Method == http.MethodGet || r.Method == http.MethodHead) &&
		d.paths[strings.TrimSuffix(r.URL.Path, "/")] != nil
}
