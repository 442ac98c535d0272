// SPDX-License-Identifier: Apache-2.0

package site

import (
	"cmp"
	"net/http"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"
)

// trace adds to the span of r, which Caddy's directive tracing began, what became of it.
// It leaves out the jti and the user id, since traces go to other places than logs.
func (s *Site) trace(r *http.Request, rec *record) {
	span := trace.SpanFromContext(r.Context())
	if !span.IsRecording() {
		return
	}
	span.SetAttributes(
		attribute.String("token_refresh.endpoint", rec.endpoint),
		attribute.String("token_refresh.outcome", rec.outcome.String()),
		attribute.String("token_refresh.store", cmp.Or(s.StoreKind, "none")),
	)
}
