// SPDX-License-Identifier: Apache-2.0

package caddyrefresh

import (
	"net/http"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// outcome is what became of a request, in the words of logs and metrics.
type outcome uint8

const (
	issued outcome = iota
	rotated
	verified
	badRequest
	invalid
	expired
	wrongType
	storeError
)

var outcomes = [...]string{
	issued:     "issued",
	rotated:    "rotated",
	verified:   "verified",
	badRequest: "bad_request",
	invalid:    "invalid",
	expired:    "expired",
	wrongType:  "wrong_type",
	storeError: "store_error",
}

// record is what logs and placeholders tell of a request: never a token.
type record struct {
	endpoint string
	outcome  outcome
	userID   string
	jti      string
}

// maxLogged is the length in bytes up to which a user id or a jti is told.
const maxLogged = 255

func clip(s string) string {
	if len(s) > maxLogged {
		return s[:maxLogged]
	}
	return s
}

// MarshalLogObject writes the record's fields.
func (rec *record) MarshalLogObject(enc zapcore.ObjectEncoder) error {
	enc.AddString("endpoint", rec.endpoint)
	enc.AddString("outcome", outcomes[rec.outcome])
	enc.AddString("user_id", rec.userID)
	enc.AddString("jti", rec.jti)
	return nil
}

// placeholder is a [caddy.ReplacerFunc].
func (rec *record) placeholder(key string) (any, bool) {
	switch key {
	case "http.token_refresh.outcome":
		return outcomes[rec.outcome], true
	case "http.token_refresh.user_id":
		return rec.userID, true
	case "http.token_refresh.jti":
		return rec.jti, true
	}
	return nil, false
}

// publish makes the record known to the rest of the request: the access log and
// placeholders. It has to come before the answer's header is written, since
// deferred header rules may ask for it.
func (rec *record) publish(r *http.Request) {
	ctx := r.Context()
	if repl, ok := ctx.Value(caddy.ReplacerCtxKey).(*caddy.Replacer); ok {
		repl.Map(rec.placeholder)
	}
	if extra, ok := ctx.Value(caddyhttp.ExtraLogFieldsCtxKey).(*caddyhttp.ExtraLogFields); ok {
		extra.Add(zap.Object("token_refresh", rec))
	}
}

// log tells the operator what became of a request. Clients' faults are Debug:
// anyone can cause them. Our own are Error, once a second.
func (h *Handler) log(rec *record, cause error) {
	level := zapcore.DebugLevel
	if rec.outcome == storeError {
		h.faults.Do(func() { level = zapcore.ErrorLevel })
	}
	if c := h.logger.Check(level, "token request"); c != nil {
		c.Write(zap.Inline(rec), zap.Error(cause))
	}
}
