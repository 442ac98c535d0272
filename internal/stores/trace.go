// SPDX-License-Identifier: Apache-2.0

package stores

import (
	"cmp"
	"context"
	"errors"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/caddyrefresh/caddyrefresh/store"
)

// scope names who makes the spans (OpenTelemetry's instrumentation scope).
const scope = "github.com/caddyrefresh/caddyrefresh"

// tracer makes the spans of one kind of question to a store, by the semantic conventions
// for database client spans. They hold nothing of the token or its user.
type tracer struct {
	name    string
	options []trace.SpanStartOption
}

// locationOf returns where a store's records are, as far as it tells.
func locationOf(s store.Store, kind string) store.Location {
	if locator, ok := s.(store.Locator); ok {
		return locator.Location()
	}
	return store.Location{System: kind}
}

// newTracer makes the tracer of an operation. db.operation.name is the store's operation
// and not a command of the database, since one question may be several of these.
func newTracer(operation string, at *store.Location) *tracer {
	attributes := []attribute.KeyValue{
		semconv.DBSystemNameKey.String(at.System),
		semconv.DBOperationName(operation),
	}
	if at.Namespace != "" {
		attributes = append(attributes, semconv.DBNamespace(at.Namespace))
	}
	if at.Address != "" {
		attributes = append(attributes, semconv.ServerAddress(at.Address))
	}
	if at.Port != 0 {
		attributes = append(attributes, semconv.ServerPort(at.Port))
	}
	return &tracer{
		name:    operation + " " + cmp.Or(at.Namespace, at.System),
		options: []trace.SpanStartOption{trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(attributes...)},
	}
}

// begin starts a span below the one in ctx. It returns nil, and makes nothing, if that
// one is not recorded: almost all requests are not traced.
func (t *tracer) begin(ctx context.Context) (context.Context, trace.Span) {
	parent := trace.SpanFromContext(ctx)
	if !parent.IsRecording() {
		return ctx, nil
	}
	return parent.TracerProvider().Tracer(scope).Start(ctx, t.name, t.options...)
}

// end ends a span. It leaves out the text of an error, which the log has.
func end(span trace.Span, err error) {
	if err != nil {
		span.SetStatus(codes.Error, "")
		span.SetAttributes(errorType(err))
	}
	span.End()
}

// errorType returns the kind of an error, out of a few.
func errorType(err error) attribute.KeyValue {
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return semconv.ErrorTypeKey.String("timeout")
	case errors.Is(err, store.ErrUnavailable):
		return semconv.ErrorTypeKey.String("unavailable")
	case errors.Is(err, store.ErrLayout):
		return semconv.ErrorTypeKey.String("layout")
	default:
		return semconv.ErrorTypeOther
	}
}
