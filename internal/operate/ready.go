// SPDX-License-Identifier: Apache-2.0

package operate

import (
	"net/http"

	"github.com/caddyrefresh/caddyrefresh/internal/readiness"
)

// waitingSites says what the edge still waits for.
type waitingSites struct {
	Ready   bool              `json:"ready"` // false
	Waiting []readiness.Fault `json:"waiting"`
}

// readySites says that the edge is ready, and what fails all the same.
type readySites struct {
	Ready    bool              `json:"ready"` // true
	Degraded []readiness.Fault `json:"degraded"`
}

func serveReady(w http.ResponseWriter, r *http.Request) error {
	state := readiness.Ask(r.Context())
	w.Header().Set("Cache-Control", "no-store")
	if !state.Ready() {
		return writeStatus(w, http.StatusServiceUnavailable, waitingSites{Waiting: state.Waiting})
	}
	degraded := state.Degraded
	if degraded == nil {
		degraded = []readiness.Fault{} // an empty list in JSON, not null
	}
	return writeJSON(w, readySites{Ready: true, Degraded: degraded})
}
