// SPDX-License-Identifier: Apache-2.0

package caddyrefresh

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/caddyserver/caddy/v2"

	"github.com/caddyrefresh/caddyrefresh/internal/simplejwt"
	"github.com/caddyrefresh/caddyrefresh/internal/stores"
	"github.com/caddyrefresh/caddyrefresh/store"
	_ "github.com/caddyrefresh/caddyrefresh/store/filestore" // the default
)

// provisionStore loads the store that is named, or the default if a setting needs a
// store and none is named.
func (h *Handler) provisionStore(ctx caddy.Context) error {
	needed := h.BlacklistAfterRotation || len(h.BlacklistPath) > 0 && !slices.Contains(h.BlacklistPath, off)
	var (
		module any
		err    error
	)
	raw := h.StoreRaw
	switch {
	case raw != nil:
		if err := stores.CheckJSON(raw); err != nil {
			return err
		}
		module, err = ctx.LoadModule(h, "StoreRaw")
	case needed:
		module, err = ctx.LoadModuleByID(stores.Default, nil)
	default:
		return nil
	}
	if err != nil {
		return fmt.Errorf("store: %w", err)
	}
	s, ok := module.(store.Store)
	if !ok {
		return fmt.Errorf("store: a %T is not a store.Store: name another one", module)
	}
	if aware, ok := module.(store.BackendAware); ok {
		backend := store.Backend{
			UserIDField:  cmp.Or(h.UserIDField, simplejwt.DefaultUserIDField),
			RecordsOwner: h.release.RecordsOwner,
			LooksUpOwner: h.release.LooksUpOwner,
		}
		if err := aware.SetBackend(backend); err != nil {
			return fmt.Errorf("store: %w", err)
		}
	}
	h.store = stores.Monitor(s, raw, h.Name, h.logger)
	h.store.Lifetime = max(h.refreshTokenLifetime(), h.slidingLifetime())
	return nil
}
