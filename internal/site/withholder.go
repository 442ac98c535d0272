// SPDX-License-Identifier: Apache-2.0

package site

import (
	"context"
	"errors"
	"net/http"
	"time"
)

// errWithheld is what the backend's handler gets for the body of an answer that the
// client does not get.
var errWithheld = errors.New("the edge refused the request, and this answer is no refusal")

// withholder lets only a refusal through to the client: an answer with a status of 400
// to 499. It decides when the status comes, so it holds no body in memory; a body that
// is not delivered is not read either. It has no Unwrap and no Hijack, since handlers
// could get around it with these.
type withholder struct {
	http.ResponseWriter
	rec    *record
	giveUp context.CancelFunc // ends the request to the backend
	timer  *time.Timer        // calls giveUp unless an answer begins in time

	status   int // 0 until there is one
	delivers bool
}

// WriteHeader implements [http.ResponseWriter]. What comes before the answer (103 Early
// Hints) is dropped, since it may belong to an answer that is not delivered.
func (h *withholder) WriteHeader(status int) {
	if h.status != 0 || status < http.StatusOK && status != http.StatusSwitchingProtocols {
		return
	}
	h.status = status
	inTime := h.timer.Stop()
	if h.delivers = inTime && status >= 400 && status < 500; !h.delivers {
		h.giveUp()
		return
	}
	h.rec.answeredBy = byBackend
	if header := h.Header(); len(header["Cache-Control"]) == 0 {
		header.Set("Cache-Control", "no-store") // as all answers of the edge have
	}
	h.ResponseWriter.WriteHeader(status)
}

// Write implements [http.ResponseWriter].
func (h *withholder) Write(p []byte) (int, error) {
	h.WriteHeader(http.StatusOK)
	if !h.delivers {
		return 0, errWithheld
	}
	return h.ResponseWriter.Write(p)
}

// FlushError is what [http.ResponseController.Flush] calls.
func (h *withholder) FlushError() error {
	h.WriteHeader(http.StatusOK)
	if !h.delivers {
		return nil
	}
	return http.NewResponseController(h.ResponseWriter).Flush()
}

// accepted reports whether the answer says that the request was granted.
func (h *withholder) accepted() bool {
	return h.status == http.StatusSwitchingProtocols || h.status >= 200 && h.status < 300
}
