// SPDX-License-Identifier: Apache-2.0

package caddyrefresh

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/caddyrefresh/caddyrefresh/internal/otlptest"
	"github.com/caddyrefresh/caddyrefresh/store"
)

// traced is a site with Caddy's directive tracing.
func traced(site string) string {
	return strings.Replace(site, "{\nlog\n", "{\nlog\ntracing {\nspan edge\n}\n", 1)
}

// ourAttributes returns the attributes of a request's span that are the edge's.
func ourAttributes(span *otlptest.Span) map[string]string {
	found := make(map[string]string)
	for name, value := range span.Attributes {
		if strings.HasPrefix(name, "token_refresh.") {
			found[name] = value
		}
	}
	return found
}

// TestTraces: the span of a request says what became of it, and each question to the
// store is a span below it. Nothing that identifies a token or a user is exported.
func TestTraces(t *testing.T) {
	collector := otlptest.Start(t)
	edge := startEdge(t, traced(spending("ready_path /ready")))
	file, err := filepath.EvalSymlinks(edge.Value("dir"))
	if err != nil {
		t.Fatal(err)
	}
	file = filepath.Join(file, "caddy", "token_refresh", "tokens.db")
	const user = "somebody-in-particular"
	first := newToken(t, "--claim", `user_id="`+user+`"`)
	pair := ask(t, edge, "refresh", first)
	for _, request := range []struct{ endpoint, token string }{
		{"verify", pair.refresh}, {"blacklist", pair.refresh}, {"refresh", first}, {"refresh", "no.such.token"},
	} {
		ask(t, edge, request.endpoint, request.token)
	}
	edge.Do("GET", "/ready", "")
	edge.Do("GET", "/elsewhere", "")

	type wanted struct{ endpoint, outcome, question string }
	want := []wanted{
		{"refresh", "rotated", "spend"},
		{"verify", "verified", "check"},
		{"blacklist", "revoked", "revoke"},
		{"refresh", "blacklisted", "spend"},
		{"refresh", "invalid", ""},
		{},
		{},
	}
	for i, span := range collector.WaitRoots(t, len(want)) {
		if span.Name != "edge" || span.Kind != "server" || span.Failed {
			t.Errorf("request %d: the span is %q, %s, failed %v", i, span.Name, span.Kind, span.Failed)
		}
		attributes := map[string]string{}
		if want[i].endpoint != "" {
			attributes = map[string]string{
				"token_refresh.endpoint": want[i].endpoint, "token_refresh.outcome": want[i].outcome, "token_refresh.store": "file",
			}
		}
		if diff := cmp.Diff(attributes, ourAttributes(span)); diff != "" {
			t.Errorf("request %d (-want +got):\n%s", i, diff)
		}
		var below []*otlptest.Span
		if question := want[i].question; question != "" {
			below = []*otlptest.Span{{
				Name: question + " " + file, Kind: "client",
				Attributes: map[string]string{"db.system.name": "sqlite", "db.operation.name": question, "db.namespace": file},
			}}
		}
		if diff := cmp.Diff(below, span.Below); diff != "" {
			t.Errorf("request %d, below (-want +got):\n%s", i, diff)
		}
	}
	exported := collector.Text()
	if !strings.Contains(exported, "token_refresh.outcome") {
		t.Fatal("the exported bytes do not hold an attribute that the spans have")
	}
	secrets := map[string]string{"the key": testKey, "the user": user}
	for name, token := range map[string]string{"the first token": first, "the second token": pair.refresh, "the access token": pair.access} {
		secrets[name+"'s jti"] = payloadOf(t, token)["jti"].(string)
		for i, part := range strings.Split(token, ".")[1:] { // all tokens have one header
			secrets[fmt.Sprintf("part %d of %s", i+2, name)] = part
		}
	}
	for what, secret := range secrets {
		if strings.Contains(exported, secret) {
			t.Errorf("%s is exported", what)
		}
	}
}

// TestTraceOfAFault: a question that the store does not answer is a span with an error,
// of a kind out of a few and without the error's text.
func TestTraceOfAFault(t *testing.T) {
	collector := otlptest.Start(t)
	shelf := newShelf(nil)
	edge := startEdge(t, traced(spending(shelf.line())))
	faults := []struct {
		err  error
		kind string
	}{
		{fmt.Errorf("%w: no route to host", store.ErrUnavailable), "unavailable"},
		{errLost, "_OTHER"},
		{store.ErrLayout, "layout"},
		{fmt.Errorf("waiting: %w", context.DeadlineExceeded), "timeout"},
	}
	for _, fault := range faults {
		shelf.Fail(fault.err)
		if got := ask(t, edge, "refresh", newToken(t)); got.status != 503 {
			t.Errorf("%v: %+v, want 503", fault.err, got)
		}
	}
	for i, span := range collector.WaitRoots(t, len(faults)) {
		want := map[string]string{"token_refresh.endpoint": "refresh", "token_refresh.outcome": "store_error", "token_refresh.store": "memory"}
		if diff := cmp.Diff(want, ourAttributes(span)); diff != "" {
			t.Errorf("%v (-want +got):\n%s", faults[i].err, diff)
		}
		below := []*otlptest.Span{{
			Name: "spend memory", Kind: "client", Failed: true,
			Attributes: map[string]string{"db.system.name": "memory", "db.operation.name": "spend", "error.type": faults[i].kind},
		}}
		if diff := cmp.Diff(below, span.Below); diff != "" {
			t.Errorf("%v, below (-want +got):\n%s", faults[i].err, diff)
		}
	}
}

// TestTraceWithoutStore: the span says that no store was there to ask.
func TestTraceWithoutStore(t *testing.T) {
	collector := otlptest.Start(t)
	edge := startEdge(t, "http://127.0.0.1:{{port}} {\ntracing\ntoken_refresh {\nsigning_key {env.DJANGO_SECRET_KEY}\n}\n}\n")
	if got := ask(t, edge, "refresh", newToken(t)); got.status != 200 {
		t.Fatalf("%+v, want 200", got)
	}
	span := collector.WaitRoots(t, 1)[0]
	want := map[string]string{"token_refresh.endpoint": "refresh", "token_refresh.outcome": "issued", "token_refresh.store": "none"}
	if diff := cmp.Diff(want, ourAttributes(span)); diff != "" || len(span.Below) > 0 {
		t.Errorf("%d spans below, want none (-want +got):\n%s", len(span.Below), diff)
	}
}
