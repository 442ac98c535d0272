// SPDX-License-Identifier: Apache-2.0

package caddyrefresh

import (
	"fmt"
	"slices"
	"time"

	"github.com/caddyserver/caddy/v2"

	"github.com/caddyrefresh/caddyrefresh/store"
	_ "github.com/caddyrefresh/caddyrefresh/store/filestore" // the default
)

const (
	maxReuseGrace = time.Minute
	fileStore     = storeNamespace + ".file"
)

// provisionStore loads the store that is named, or the file store where
// something cannot do without.
func (h *Handler) provisionStore() error {
	needed := h.BlacklistAfterRotation || len(h.BlacklistPath) > 0 && !slices.Contains(h.BlacklistPath, off)
	var (
		module any
		err    error
	)
	raw := h.StoreRaw
	switch {
	case raw != nil:
		module, err = h.ctx.LoadModule(h, "StoreRaw")
	case needed:
		module, err = h.ctx.LoadModuleByID(fileStore, nil)
	default:
		return nil
	}
	if err != nil {
		return fmt.Errorf("store: %w", err)
	}
	s, ok := module.(store.Store)
	if !ok {
		return fmt.Errorf("store: a %T is no store.Store: name another one", module)
	}
	if aware, ok := module.(store.BackendAware); ok {
		backend := store.Backend{Release: h.release.Name, UserIDField: or(h.UserIDField, defaultUserIDField)}
		if err := aware.SetBackend(backend); err != nil {
			return fmt.Errorf("store: %w", err)
		}
	}
	h.store = newMonitoredStore(s, h.Name, h.logger)
	h.store.resource = resourceOf(s, raw)
	return nil
}

// spends says whether a refresh token works once.
func (h *Handler) spends() bool { return h.BlacklistAfterRotation && h.RotateRefreshTokens }

func (h *Handler) validateRotation() error {
	missing := "blacklist_after_rotation"
	if h.BlacklistAfterRotation {
		missing = "rotate_refresh_tokens"
	}
	switch {
	case h.ReuseGrace != 0 && !h.spends():
		return fmt.Errorf("reuse_grace has no use without %s: add that line, or delete this one", missing)
	case h.ReuseDetection && !h.spends():
		return fmt.Errorf("reuse_detection has no use without %s: add that line, or delete this one", missing)
	case h.ReuseGrace < 0 || h.ReuseGrace > caddy.Duration(maxReuseGrace):
		return fmt.Errorf("reuse_grace %s is out of range: write a duration from 0s to 60s, 10s is plenty", time.Duration(h.ReuseGrace))
	case h.SessionLifetime != 0 && time.Duration(h.SessionLifetime) < time.Second:
		return fmt.Errorf("session_lifetime %s is too short: write at least 1s, since tokens expire on whole seconds",
			time.Duration(h.SessionLifetime))
	}
	return nil
}

// validateUserChecks refuses settings that only a store can heed that sees users.
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
