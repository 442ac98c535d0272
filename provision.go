// SPDX-License-Identifier: Apache-2.0

package caddyrefresh

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyevents"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/caddyrefresh/caddyrefresh/internal/check"
	"github.com/caddyrefresh/caddyrefresh/internal/keyset"
	"github.com/caddyrefresh/caddyrefresh/internal/origin"
	"github.com/caddyrefresh/caddyrefresh/internal/readiness"
	"github.com/caddyrefresh/caddyrefresh/internal/release"
	"github.com/caddyrefresh/caddyrefresh/internal/simplejwt"
	"github.com/caddyrefresh/caddyrefresh/internal/site"
	"github.com/caddyrefresh/caddyrefresh/internal/stores"
	"github.com/caddyrefresh/caddyrefresh/internal/usercheck"
)

const defaultMaxBody = 64 << 10

// Provision resolves the secrets, applies the defaults and makes the site of them.
// It opens no connection.
func (h *Handler) Provision(ctx caddy.Context) error {
	h.logger = ctx.Logger()
	if h.now == nil {
		h.now = time.Now
	}
	if err := registerMetrics(ctx.GetMetricsRegistry()); err != nil {
		return err
	}
	if err := h.provisionRelease(); err != nil {
		return err
	}
	events, err := eventsApp(ctx)
	if err != nil {
		return err
	}
	if err := h.provisionStore(ctx); err != nil {
		return err
	}
	paths, err := h.provisionPaths()
	if err != nil {
		return err
	}
	keys, err := h.provisionKeys()
	if err != nil {
		return err
	}
	h.ready = h.readiness()
	if err := h.provisionUserCheck(); err != nil {
		return err
	}
	if err := h.provisionSite(ctx, events, paths, keys); err != nil {
		return err
	}
	if err := h.join(ctx, events, keys); err != nil {
		return err
	}
	h.checked = &check.Site{Site: h.site, Store: h.store, KeySet: h.keySet, UserCheck: h.users}
	check.Add(h.checked, ctx.GetMetricsRegistry())
	readiness.Add(h.ready)
	for _, warning := range h.warnings() {
		h.logger.Warn(warning)
	}
	return nil
}

// registerMetrics registers the collectors of all packages. They live as long as the
// process, while each configuration has a registry of its own.
func registerMetrics(registry *prometheus.Registry) error {
	for _, collectors := range [][]prometheus.Collector{site.Collectors(), keyset.Collectors(), stores.Collectors(), readiness.Collectors(), usercheck.Collectors()} {
		for _, collector := range collectors {
			err := registry.Register(collector)
			if _, again := errors.AsType[prometheus.AlreadyRegisteredError](err); err != nil && !again {
				return fmt.Errorf("registering metrics: %w", err)
			}
		}
	}
	return nil
}

// eventsApp returns the events app, which the HTTP app has loaded, or nil if the
// configuration has none.
func eventsApp(ctx caddy.Context) (*caddyevents.App, error) {
	app, err := ctx.AppIfConfigured("events")
	switch {
	case errors.Is(err, caddy.ErrNotConfigured):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("getting the events app: %w", err)
	}
	return app.(*caddyevents.App), nil
}

// provisionRelease finds the backend's releases, and logs what it had to assume.
func (h *Handler) provisionRelease() error {
	found, remarks, err := release.Find(release.Versions{
		SimpleJWT: h.SimpleJWTVersion,
		PyJWT:     h.PyJWTVersion,
		DRF:       h.DRFVersion,
		Django:    h.DjangoVersion,
	})
	if err != nil {
		return err
	}
	h.release = found
	if len(remarks.Assumed) > 0 {
		h.logger.Info("answering as a backend with " + found.Versions().String() + "; " + strings.Join(remarks.Assumed, ", ") +
			" not set: write what `pip freeze` prints in the backend, for its exact answers")
	}
	for _, remark := range remarks.Newer {
		h.logger.Warn(remark)
	}
	for _, remark := range remarks.Apart {
		h.logger.Warn(remark + ": pip does not install these two together; write the versions that `pip freeze` prints in the backend")
	}
	return nil
}

// provisionUserCheck makes what asks the backend about users.
func (h *Handler) provisionUserCheck() (err error) {
	if h.UserCheck == nil {
		return nil
	}
	if h.users, err = usercheck.New(&usercheck.Config{Settings: h.UserCheck, Name: h.Name, RequestID: requestID}); err != nil {
		return fmt.Errorf("user_check: %w", err)
	}
	if name := h.UserCheck.WrittenOut(); name != "" {
		h.logger.Warn("user_check: header " + name + " is written out in the configuration, which the admin API shows: " +
			"use a placeholder such as {env.EDGE_SECRET} or {file./run/secrets/edge}")
	}
	return nil
}

// requestID returns the id under which Caddy's access log knows a request.
func requestID(ctx context.Context) string {
	repl, ok := ctx.Value(caddy.ReplacerCtxKey).(*caddy.Replacer)
	if !ok {
		return "" // a comparison behind the answer
	}
	id, _ := repl.GetString("http.request.uuid")
	return id
}

func (h *Handler) provisionSite(ctx caddy.Context, events *caddyevents.App, paths *endpointPaths, keys *keyring) error {
	backend, err := simplejwt.New(h.backendConfig(keys))
	if err != nil {
		return err
	}
	document, err := h.keyDocument(keys, paths.jwks)
	if err != nil {
		return err
	}
	trusted, err := origin.Parse(h.TrustedOrigins)
	if err != nil {
		return fmt.Errorf("trusted_origins: %w", err)
	}
	djRestAuth, err := h.djRestAuth()
	if err != nil {
		return err
	}
	config := &site.Config{
		Name:             h.Name,
		Release:          h.release,
		Backend:          backend,
		RefreshPaths:     paths.refresh,
		VerifyPaths:      paths.verify,
		BlacklistPaths:   paths.blacklist,
		SlidingPaths:     paths.sliding,
		KeyDocument:      document,
		KeyDocumentPaths: paths.jwks,
		Ready:            h.ready,
		ReadyPaths:       paths.ready,
		SingleUse:        h.spends(),
		JSONOnly:         len(h.Renderers) == 1,
		MaxBody:          cmp.Or(h.MaxBody, defaultMaxBody),
		Challenge:        h.authHeaderTypes()[0] + ` realm="api"`,
		Trusted:          trusted,
		Cookies:          h.cookies(paths),
		DJRestAuth:       djRestAuth,
		RefersRefusals:   h.Refusals == byBackend,
		Logger:           h.logger,
		Now:              h.now,
	}
	if h.store != nil {
		config.StoreKind = h.store.Traits().Kind
	}
	if share := h.rollout(); share < everybody {
		config.Rollout = &site.Rollout{Share: share / everybody}
	}
	if events != nil {
		config.Emit = func(event string, data map[string]any) { events.Emit(ctx, event, data) }
	}
	h.site = site.New(config)
	return nil
}

// readiness returns what the handler needs before it can answer. The keys at jwk_url
// count if they are all that verifies tokens.
func (h *Handler) readiness() *readiness.Site {
	s := &readiness.Site{Name: h.Name, Store: h.store}
	if len(h.PreviousKey) == 0 {
		s.Keys = h.keySet
	}
	return s
}

// cookies returns how clients keep tokens in cookies, or nil.
func (h *Handler) cookies(paths *endpointPaths) *site.Cookies {
	if h.Cookies == nil {
		return nil
	}
	c := &site.Cookies{Adopt: h.Cookies.Adopt, AuthHeaderTypes: h.authHeaderTypes()}
	c.Refresh, c.Access = h.Cookies.Cookies()
	for i, login := range h.Cookies.Logins() {
		c.Logins = append(c.Logins, site.Login{
			Path: paths.obtain[i], Refresh: strings.Split(login.Refresh, "."), Access: strings.Split(login.Access, "."),
		})
	}
	return c
}

// djRestAuth returns how the refresh endpoint answers as dj-rest-auth does, or nil.
func (h *Handler) djRestAuth() (*site.DJRestAuth, error) {
	if h.DJRestAuth == nil {
		return nil, nil
	}
	wire, err := h.DJRestAuth.Wire(h.release.Django.UsesTZ)
	if err != nil {
		return nil, fmt.Errorf("dj_rest_auth: %w", err)
	}
	return &site.DJRestAuth{Wire: *wire, AccessLifetime: h.accessTokenLifetime(), RefreshLifetime: h.refreshTokenLifetime()}, nil
}

func (h *Handler) authHeaderTypes() []string {
	if len(h.AuthHeaderTypes) == 0 {
		return []string{simplejwt.DefaultAuthHeaderType}
	}
	return h.AuthHeaderTypes
}

func (h *Handler) backendConfig(keys *keyring) *simplejwt.Config {
	config := &simplejwt.Config{
		Release:              h.release,
		SigningKey:           keys.signing,
		VerifyingKey:         keys.verifying,
		PreviousKeys:         keys.previous,
		KeyID:                h.KeyID,
		Audience:             h.Audience,
		AudienceList:         h.AudienceList,
		Issuer:               h.Issuer,
		Leeway:               time.Duration(h.Leeway),
		AccessTokenLifetime:  h.accessTokenLifetime(),
		RefreshTokenLifetime: h.refreshTokenLifetime(),
		RotateRefreshTokens:  h.RotateRefreshTokens,

		SlidingTokenLifetime:        cmp.Or(time.Duration(h.SlidingTokenLifetime), simplejwt.DefaultSlidingTokenLifetime),
		SlidingTokenRefreshExpClaim: cmp.Or(h.SlidingTokenRefreshExpClaim, simplejwt.DefaultSlidingRefreshExp),

		UserIDClaim:    cmp.Or(h.UserIDClaim, simplejwt.DefaultUserIDClaim),
		TokenTypeClaim: claimOrNone(h.TokenTypeClaim, simplejwt.DefaultTokenTypeClaim),
		JTIClaim:       claimOrNone(h.JTIClaim, simplejwt.DefaultJTIClaim),
		NewJTI:         h.newJTI,

		StoreName:              h.Name,
		BlacklistAfterRotation: h.BlacklistAfterRotation,
		ReuseGrace:             time.Duration(h.ReuseGrace),
		LateRetry:              time.Duration(h.LateRetry),
		ReuseDetection:         h.ReuseDetection,
		SessionLifetime:        time.Duration(h.SessionLifetime),
		CheckUserIsActive:      h.CheckUserIsActive == nil || *h.CheckUserIsActive,
		RevokeTokenClaim:       cmp.Or(h.RevokeTokenClaim, simplejwt.DefaultRevokeTokenClaim),

		EndSessionsOnPasswordChange: h.EndSessionsOnPasswordChange,
	}
	if h.keySet != nil {
		config.KeySet = h.keySet
	}
	if h.users != nil {
		config.UserCheck = h.users
	}
	if h.store != nil {
		config.Store, config.StoreAhead = h.store, h.store.Ahead
	}
	return config
}

// claimOrNone returns the name of a claim, or "" if it is off.
func claimOrNone(name, otherwise string) string {
	if name == off {
		return ""
	}
	return cmp.Or(name, otherwise)
}

// join makes the handler known to the admin API. It has the store checked when the
// configuration has started, since loading it must not dial anything.
func (h *Handler) join(ctx caddy.Context, events *caddyevents.App, keys *keyring) error {
	if h.store == nil {
		return nil
	}
	member := &stores.Member{Name: h.Name, Separate: h.Separate, Keys: keys.verify(), Store: h.store}
	first, err := stores.Join(member, ctx.GetMetricsRegistry())
	if err != nil {
		return err
	}
	h.member = member
	if !first || events == nil {
		return nil
	}
	return events.On("started", onStart{h.store})
}

// onStart is a [caddyevents.Handler]. Caddy waits until Handle returns, and cancels
// its context when the configuration ends.
type onStart struct{ store *stores.Monitored }

// Handle implements [caddyevents.Handler].
func (o onStart) Handle(ctx context.Context, _ caddy.Event) error {
	go o.store.LookAtStart(ctx)
	return nil
}

// Interface guards
var (
	_ caddy.Provisioner   = (*Handler)(nil)
	_ caddyevents.Handler = onStart{}
)
