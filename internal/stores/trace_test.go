// SPDX-License-Identifier: Apache-2.0

package stores

import (
	"context"
	"testing"

	"go.opentelemetry.io/otel/trace"

	"github.com/caddyrefresh/caddyrefresh/store"
)

// TestUntracedCostsNothing: a question of a request that is not traced, or that the
// sampler left out, makes nothing.
func TestUntracedCostsNothing(t *testing.T) {
	tracer := newTracer("spend", &store.Location{System: "redis", Namespace: "0"})
	leftOut := trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{1}, SpanID: trace.SpanID{2}})
	for name, ctx := range map[string]context.Context{
		"not traced": t.Context(), "left out": trace.ContextWithSpanContext(t.Context(), leftOut),
	} {
		allocations := testing.AllocsPerRun(100, func() {
			if got, span := tracer.begin(ctx); got != ctx || span != nil {
				t.Errorf("%s: a span began", name)
			}
		})
		if allocations != 0 {
			t.Errorf("%s: %v allocations, want none", name, allocations)
		}
	}
}
