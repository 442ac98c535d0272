// SPDX-License-Identifier: Apache-2.0

//go:build !race

package caddyrefresh

import (
	"net/http"
	"testing"
)

// Under the race detector a sync.Pool forgets at random, so nothing is counted there.

// TestServeAllocations: a refresh costs two allocations beyond those of net/http
// and Caddy: its record, and the function that tells placeholders of it.
func TestServeAllocations(t *testing.T) {
	nothing := testing.AllocsPerRun(1000, serving(t, http.MethodGet))
	if n := testing.AllocsPerRun(1000, serving(t, http.MethodPost)) - nothing; n > 2 {
		t.Errorf("a refresh allocates %v times, want 2", n)
	}
}
