// SPDX-License-Identifier: Apache-2.0

package caddyrefresh

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyevents"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
)

// reuseEvent is emitted when a token was used that had been used up: when theft
// is suspected. Its data are name, jti, user_id and client_ip.
const reuseEvent = "token_refresh_reuse"

// provisionEvents gets the events app, which the HTTP app has loaded wherever
// there is one.
func (h *Handler) provisionEvents() error {
	app, err := h.ctx.AppIfConfigured("events")
	switch {
	case errors.Is(err, caddy.ErrNotConfigured):
		return nil
	case err != nil:
		return fmt.Errorf("getting the events app: %w", err)
	}
	h.events = app.(*caddyevents.App)
	return nil
}

// watchStart has the store looked at once the configuration runs: nothing is
// dialled while one loads, and a wrong password should not wait for a client to
// be noticed.
func (h *Handler) watchStart() error {
	if h.events == nil {
		return nil
	}
	return h.events.On("started", onStart{h})
}

// onStart is a [caddyevents.Handler]. Caddy waits for it, and the context that it
// is given ends with the configuration.
type onStart struct{ *Handler }

// Handle implements [caddyevents.Handler].
func (o onStart) Handle(ctx context.Context, _ caddy.Event) error {
	go o.store.lookAtStart(ctx, o.Name)
	return nil
}

func (h *Handler) emitReuse(r *http.Request, rec *record) {
	if h.events == nil {
		return
	}
	clientIP, _ := caddyhttp.GetVar(r.Context(), caddyhttp.ClientIPVarKey).(string)
	h.events.Emit(h.ctx, reuseEvent, map[string]any{
		"name": h.Name, "jti": rec.jti, "user_id": rec.userID, "client_ip": clientIP,
	})
}
