// SPDX-License-Identifier: Apache-2.0

package site

import (
	"io"
	"net/http"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
)

// headed changes the header of an answer when it is final. Before that, the header may
// go out with 103 Early Hints.
type headed struct {
	*caddyhttp.ResponseWriterWrapper
	head  func(http.Header)
	begun bool
}

// begin changes the header if an answer of that status is final and the first such.
func (h *headed) begin(status int) {
	if h.begun || status < http.StatusOK && status != http.StatusSwitchingProtocols {
		return
	}
	h.begun = true
	h.head(h.Header())
}

// WriteHeader implements [http.ResponseWriter].
func (h *headed) WriteHeader(status int) {
	h.begin(status)
	h.ResponseWriterWrapper.WriteHeader(status)
}

// Write implements [http.ResponseWriter].
func (h *headed) Write(p []byte) (int, error) {
	h.begin(http.StatusOK)
	return h.ResponseWriterWrapper.Write(p)
}

// ReadFrom implements [io.ReaderFrom].
func (h *headed) ReadFrom(r io.Reader) (int64, error) {
	h.begin(http.StatusOK)
	return h.ResponseWriterWrapper.ReadFrom(r)
}

// FlushError is what [http.ResponseController.Flush] calls.
func (h *headed) FlushError() error {
	h.begin(http.StatusOK)
	return http.NewResponseController(h.ResponseWriter).Flush()
}
