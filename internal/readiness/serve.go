// SPDX-License-Identifier: Apache-2.0

package readiness

import (
	"io"
	"net/http"
)

// ServeHTTP answers whether the site is ready, without saying what is wrong: anyone can
// ask.
func (s *Site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Cache-Control", "no-store")
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		header.Set("Allow", "GET, HEAD")
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	state := ask(r.Context(), s)
	status, word := http.StatusOK, "ready"
	switch {
	case !state.Ready():
		status, word = http.StatusServiceUnavailable, "starting"
	case len(state.Degraded) > 0:
		word = "degraded"
	}
	header.Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, `{"status":"`+word+`"}`+"\n") // the client may have left
}

// Interface guard
var _ http.Handler = (*Site)(nil)
