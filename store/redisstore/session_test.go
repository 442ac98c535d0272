// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package redisstore

import (
	"strings"
	"testing"

	"github.com/redis/rueidis"

	"github.com/caddyrefresh/caddyrefresh/internal/redistest"
	"github.com/caddyrefresh/caddyrefresh/store"
)

// TestScriptsAgreeLive runs scriptsAgree in Redis itself.
func TestScriptsAgreeLive(t *testing.T) {
	server := redistest.Start(t)
	scriptsAgree(t, open(t, &Store{Addresses: []string{server.Addr}, Timeout: patient}), 15)
}

// Ending a session is one write, whichever of its tokens is given, and ending it
// again is none unless it has to be remembered for longer.
func TestEndWrites(t *testing.T) {
	server := redistest.Start(t, "--notify-keyspace-events", "K$")
	s := open(t, &Store{Addresses: []string{server.Addr}, Timeout: patient})
	healthy(t, s)
	first := login()
	token := first
	for range 30 {
		mustSpend(t, s, token, store.Rotated)
		token.JTI = store.Successor(token.JTI)
	}
	const events = "__keyspace@0__:"
	key := s.sessionKey("shop", store.Locate(first.JTI))
	written := make(chan string, 100)
	client := *s.resource.ready.Load()
	subscribed := make(chan struct{})
	ctx := rueidis.WithOnSubscriptionHook(t.Context(), func(rueidis.PubSubSubscription) { close(subscribed) })
	go client.Receive(ctx, client.B().Psubscribe().Pattern(events+"*").Build(), func(m rueidis.PubSubMessage) {
		written <- strings.TrimPrefix(m.Channel, events)
	})
	<-subscribed
	revoke := func(of store.Token, reason store.Reason, want int) {
		t.Helper()
		if _, err := s.Revoke(t.Context(), &store.Revocation{Name: "shop", Token: of, Reason: reason}); err != nil {
			t.Fatal(err)
		}
		server.Do("SET", "afterwards", "1")
		got := 0
		for at := <-written; at != "afterwards"; at = <-written {
			if at == key {
				got++
			}
		}
		if got != want {
			t.Errorf("Revoke (reason %d) wrote %d times, want %d", reason, got, want)
		}
	}
	revoke(first, store.Logout, 1)
	revoke(token, store.Logout, 0)
	revoke(first, store.Logout, 0)
	revoke(token, store.Admin, 1) // which is remembered for a year
	mustSpend(t, s, token, store.Refused)
	mustSpend(t, s, first, store.Refused)
}
