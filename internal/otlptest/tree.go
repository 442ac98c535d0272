// SPDX-License-Identifier: Apache-2.0

package otlptest

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	common "go.opentelemetry.io/proto/otlp/common/v1"
	traces "go.opentelemetry.io/proto/otlp/trace/v1"
)

// Span is a span with those below it.
type Span struct {
	Name       string
	Kind       string            // server, client, ...
	Failed     bool              // its status is an error
	Message    string            // of the status
	Attributes map[string]string // a number in decimal
	Below      []*Span
}

// WaitRoots waits until n spans without a parent were exported, and returns them in the
// order in which they began. A span ends after those below it and is exported after
// them, so these are there as well.
func (c *Collector) WaitRoots(t testing.TB, n int) []*Span {
	t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
		roots := trees(c.all())
		switch {
		case len(roots) == n:
			return roots
		case len(roots) > n:
			t.Fatalf("%d requests were traced, want %d", len(roots), n)
		case time.Now().After(deadline):
			t.Fatalf("after %s %d requests were traced, want %d", patience, len(roots), n)
		}
	}
}

// trees puts spans below their parents, and returns those without one.
func trees(all []*traces.Span) (roots []*Span) {
	sorted := slices.SortedStableFunc(slices.Values(all), func(a, b *traces.Span) int {
		return cmp.Compare(a.StartTimeUnixNano, b.StartTimeUnixNano)
	})
	byID := make(map[string]*Span)
	for _, s := range sorted {
		byID[string(s.SpanId)] = spanOf(s)
	}
	for _, s := range sorted {
		span := byID[string(s.SpanId)]
		if parent := byID[string(s.ParentSpanId)]; parent != nil {
			parent.Below = append(parent.Below, span)
		} else if len(s.ParentSpanId) == 0 {
			roots = append(roots, span)
		}
	}
	return roots
}

func spanOf(s *traces.Span) *Span {
	span := &Span{
		Name:       s.Name,
		Kind:       strings.ToLower(strings.TrimPrefix(s.Kind.String(), "SPAN_KIND_")),
		Failed:     s.Status.GetCode() == traces.Status_STATUS_CODE_ERROR,
		Message:    s.Status.GetMessage(),
		Attributes: make(map[string]string),
	}
	for _, a := range s.Attributes {
		span.Attributes[a.Key] = textOf(a.Value)
	}
	return span
}

// textOf returns a value as text, or "" for a list.
func textOf(v *common.AnyValue) string {
	switch v := v.GetValue().(type) {
	case *common.AnyValue_StringValue:
		return v.StringValue
	case *common.AnyValue_IntValue:
		return strconv.FormatInt(v.IntValue, 10)
	case *common.AnyValue_BoolValue:
		return strconv.FormatBool(v.BoolValue)
	}
	return ""
}
