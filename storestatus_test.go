// SPDX-License-Identifier: Apache-2.0

package caddyrefresh

import (
	"errors"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/caddyrefresh/caddyrefresh/internal/edgetest"
	"github.com/caddyrefresh/caddyrefresh/store"
)

// TestStatusTellsTheTruth: a store that would let no token be spent is down for
// the metric and the command alike, also where nobody has asked it anything.
func TestStatusTellsTheTruth(t *testing.T) {
	shelf := newShelf(nil)
	edge := startEdge(t, spending(shelf.line(), "name "+shelf.name()))
	status := func() (string, error) {
		out, _, err := tokenRefresh("", "status", "--address", "127.0.0.1:"+edge.Value("portadmin"))
		return out, err
	}
	up := func() string {
		return counter(edge.Metrics(), `caddy_token_refresh_store_up{name="`+shelf.name()+`",store="memory"}`)
	}
	if _, err := status(); err != nil || up() != "1" {
		t.Errorf("at first: %v, store_up %s", err, up())
	}
	shelf.Fail(errors.New("no space left on device"))
	if _, err := status(); err == nil || !strings.Contains(err.Error(), "cannot spend tokens: no space left on device") || up() != "0" {
		t.Errorf("while it is full: %v, store_up %s; want an error and 0", err, up())
	}
	shelf.Fail(nil)
	if _, err := status(); err != nil || up() != "1" {
		t.Errorf("afterwards: %v, store_up %s", err, up())
	}
	if shelf.Asked() != 0 {
		t.Errorf("the store was asked %d times by who wanted to know how it is", shelf.Asked())
	}
}

// TestWrongFromTheStart: a store that cannot be used is told of once, though
// several sites share it and nobody sends a request; and it is left alone while a
// configuration is only validated.
func TestWrongFromTheStart(t *testing.T) {
	shelf := newShelf(nil)
	shelf.Fail(errors.New("password authentication failed"))
	t.Setenv("DJANGO_SECRET_KEY", testKey)
	adapted, err := adapt(strings.ReplaceAll(spending(shelf.line()), "{{port}}", "8080"))
	if err != nil {
		t.Fatal(err)
	}
	if err := validate(adapted); err != nil || shelf.looks.Load() != 0 {
		t.Errorf("validating: %v, the store was looked at %d times", err, shelf.looks.Load())
	}
	edge := startEdge(t, sites(shelf.line(), shelf.line()))
	told := edge.WaitLog(func(e edgetest.Entry) bool {
		return e.Text("level") == "error" && strings.HasPrefix(e.Text("msg"), "the store cannot be used")
	})
	if told.Text("store") != "memory" || told.Text("error") != "password authentication failed" {
		t.Errorf("the log says %v", told)
	}
	if got := shelf.looks.Load(); got != 4 {
		t.Errorf("the store was looked at %d times, want 4: it is one, for both sites", got)
	}
	if got := shelf.Asked(); got != 0 {
		t.Errorf("the store was asked %d times for nobody", got)
	}
}

// TestForgetfulStore: a rotated token whose session the store does not know is
// accepted, counted, and told of once in a while.
func TestForgetfulStore(t *testing.T) {
	shelf := newShelf(nil)
	edge := startEdge(t, spending(shelf.line(), "name "+shelf.name()))
	for range 3 {
		rotated := next(t, edge, newToken(t))
		shelf.Forget(shelf.name(), payloadOf(t, rotated)["jti"].(string))
		next(t, edge, next(t, edge, rotated))
	}
	if got := counter(edge.Metrics(), `caddy_token_refresh_store_forgot_total{name="`+shelf.name()+`",store="memory"}`); got != "3" {
		t.Errorf("store_forgot_total is %q, want 3", got)
	}
	if n := errorsTold(edge, "the store forgot a session"); n != 1 {
		t.Errorf("it is told %d times within a minute, want once", n)
	}
}

// TestStatusMetrics: what a status has not is absent from the metrics, and of two stores
// with one name the one counts for which an alert would fire.
func TestStatusMetrics(t *testing.T) {
	shelf, other := newShelf(nil), newShelf(nil)
	name := "name " + shelf.name()
	edge := startEdge(t, sites(shelf.line()+"\n"+name, other.line()+"\n"+name))
	series := func(kind string) map[string]string {
		found, metrics := map[string]string{}, edge.Metrics()
		for _, metric := range []string{"up", "entries", "size_bytes", "evicts"} {
			if value := counter(metrics, `caddy_token_refresh_store_`+metric+`{name="`+shelf.name()+`",store="`+kind+`"}`); value != "" {
				found[metric] = value
			}
		}
		return found
	}
	nothing := store.Status{Up: true, Entries: -1}
	for i, tt := range []struct {
		first, second store.Status
		want          map[string]string
	}{
		{nothing, nothing, map[string]string{"up": "1"}},
		{nothing, store.Status{}, map[string]string{"up": "0", "entries": "0"}},
		{nothing, store.Status{Up: true, Entries: 3, Bytes: 4}, map[string]string{"up": "1", "entries": "3", "size_bytes": "4"}},
		{store.Status{Entries: 5, Bytes: 2}, store.Status{Entries: 3, Bytes: 4}, map[string]string{"up": "0", "entries": "5", "size_bytes": "4"}},
		{nothing, store.Status{Up: true, Entries: -1, Eviction: store.EvictsNothing}, map[string]string{"up": "1", "evicts": "0"}},
		{store.Status{Entries: -1, Eviction: store.MayEvict}, store.Status{Entries: -1, Eviction: store.EvictsNothing}, map[string]string{"up": "0", "evicts": "1"}},
	} {
		shelf.status.Store(&tt.first)
		other.status.Store(&tt.second)
		if diff := cmp.Diff(tt.want, series("memory")); diff != "" {
			t.Errorf("%d: -want +got\n%s", i, diff)
		}
	}

	edge.Reload(spending(name))
	next(t, edge, newToken(t))
	got := series("file")
	if size, err := strconv.ParseFloat(got["size_bytes"], 64); err != nil || size < 4096 {
		t.Errorf("the file has %s bytes", got["size_bytes"])
	}
	delete(got, "size_bytes")
	if diff := cmp.Diff(map[string]string{"up": "1", "entries": "1"}, got); diff != "" {
		t.Errorf("file: -want +got\n%s", diff)
	}
}
