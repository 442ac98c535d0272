// SPDX-License-Identifier: Apache-2.0

// Package keyset holds the JWK Sets at the URLs of jwk_url. Sites and reloads with
// the same settings share one, so that a reload keeps the keys that are known
// while the URL is down.
package keyset

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/caddyserver/caddy/v2"
	"go.uber.org/zap"

	"github.com/caddyrefresh/caddyrefresh/internal/jwks"
	"github.com/caddyrefresh/caddyrefresh/internal/simplejwt"
	"github.com/caddyrefresh/caddyrefresh/store/setting"
)

// sets holds the sets in use, keyed by all arguments of [Take].
var sets = caddy.NewUsagePool()

// Set is a [simplejwt.KeySet] at a URL.
type Set struct {
	pooled string // its key in sets
	name   string
	remote *jwks.Remote[*simplejwt.Key]
}

// Key returns a key, and fetches the set if it does not know the key yet.
func (s *Set) Key(ctx context.Context, kid string) (*simplejwt.Key, error) {
	key, err := s.remote.Key(ctx, kid)
	if errors.Is(err, jwks.ErrNoKey) {
		return nil, nil
	}
	return key, err
}

// Destruct implements [caddy.Destructor].
func (s *Set) Destruct() error {
	s.remote.Close()
	return nil
}

// Take returns the set at url, and shares one that is in use already. It fetches
// nothing; the first token that needs a key does. Written is url as the configuration
// has it, with placeholders: it tells sets apart and whether the path is a secret. Each
// success needs one [Set.GiveBack].
func Take(name, written, url, algorithm string, followsRedirects bool) (*Set, error) {
	key := strings.Join([]string{name, written, url, algorithm, strconv.FormatBool(followsRedirects)}, "\x00")
	set, _, err := sets.LoadOrNew(key, func() (caddy.Destructor, error) {
		return newSet(key, name, jwks.Config[*simplejwt.Key]{
			URL:         url,
			HidePath:    setting.HasPlaceholder(written),
			Algorithm:   algorithm,
			NoRedirects: !followsRedirects,
		})
	})
	if err != nil {
		return nil, err
	}
	return set.(*Set), nil
}

func newSet(key, name string, c jwks.Config[*simplejwt.Key]) (*Set, error) {
	c.NewKey = simplejwt.NewVerifyingKeyFrom
	c.Logger = func() *zap.Logger {
		return caddy.Log().Named("http.handlers.token_refresh")
	}
	fetches := newFetches(name)
	c.OnFetch = func(result jwks.Result, _ time.Duration) { fetches[result].Inc() }
	remote, err := jwks.New(c)
	if err != nil {
		return nil, fmt.Errorf("jwk_url: %w", err)
	}
	return &Set{pooled: key, name: name, remote: remote}, nil
}

// GiveBack gives up a set that [Take] returned. The last one to do so ends it.
func (s *Set) GiveBack() error {
	_, err := sets.Delete(s.pooled)
	return err
}

// HasPassword reports whether the URL holds a password.
func (s *Set) HasPassword() bool { return s.remote.HasPassword() }

// Insecure reports whether the URL is not https.
func (s *Set) Insecure() bool { return s.remote.Insecure() }

// Fetched reports whether the set was ever fetched. If it was not, Fetched tries to, and
// waits until ctx ends.
func (s *Set) Fetched(ctx context.Context) bool {
	status := s.remote.Status()
	if !status.Fetched {
		status, _ = s.remote.Look(ctx) // its failure is logged
	}
	return status.Fetched
}

// Known is [Set.Fetched] without trying.
func (s *Set) Known() bool { return s.remote.Status().Fetched }

// Look fetches the set and returns how many of its keys can be used, and its URL without
// the secret parts.
func (s *Set) Look(ctx context.Context) (usable int, at string, err error) {
	status, err := s.remote.Look(ctx)
	return status.Keys, s.remote.PublicURL(), err
}
