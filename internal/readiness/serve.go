// SPDX-License-Identifier: Apache-2.0

package readiness

import (
	"io"
	"net/http"

	"github.com/caddyserver/caddy/v2"
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
	case stopping(r):
		status, word = http.StatusServiceUnavailable, "stopping"
	case !state.Ready():
		status, word = http.StatusServiceUnavailable, "starting"
	case len(state.Degraded) > 0:
		word = "degraded"
	}
	header.Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, `{"status":"`+word+`"}`+"\n") // the client may have left
}

// stopping reports whether the listener of the request closes soon: Caddy was told to
// stop, and shutdown_delay lets balancers notice.
func stopping(r *http.Request) bool {
	values, ok := r.Context().Value(caddy.ReplacerCtxKey).(*caddy.Replacer)
	if !ok {
		return false
	}
	soon, _ := values.Get("http.shutting_down")
	return soon == true
}

// Interface guard
var _ http.Handler = (*Site)(nil)
