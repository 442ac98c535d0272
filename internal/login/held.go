// SPDX-License-Identifier: Apache-2.0

package login

import (
	"context"
	"errors"
	"maps"
	"net/http"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
)

// errWithheld is what the backend's handler gets for the rest of an answer that the
// client does not get.
var errWithheld = errors.New("the answer to a login cannot be delivered")

// held keeps an answer in memory until all of it is there. An answer of 400 and above
// goes through, since only its header is looked at. It has no Unwrap and no Hijack,
// since handlers could get around it with these.
type held struct {
	w      http.ResponseWriter
	limit  int64
	giveUp context.CancelFunc // ends the request to the backend
	passes func() bool        // reports whether an answer that need not be held may go through

	header  http.Header // what handlers see
	status  int         // 0 until there is one
	final   http.Header // as it was when the status came; trailers come later
	body    []byte
	through bool // the answer goes to the client as it comes
	refused bool // it goes nowhere
	large   bool // it is longer than limit
}

func newHeld(w http.ResponseWriter, limit int64, giveUp context.CancelFunc) *held {
	return &held{w: w, limit: limit, giveUp: giveUp, header: w.Header().Clone()}
}

// ask has next answer r. An answer that broke off because it is refused is no error.
func (h *held) ask(r *http.Request, next caddyhttp.Handler) (err error) {
	defer func() {
		// This is how a proxy tells that an answer broke off.
		if p := recover(); p != nil && (p != any(http.ErrAbortHandler) || !h.refused) {
			panic(p)
		} else if h.refused {
			err = nil
		}
	}()
	if err = next.ServeHTTP(h, r); err == nil {
		h.WriteHeader(http.StatusOK) // net/http sends this if no handler wrote a status
	}
	return err
}

// Header implements [http.ResponseWriter].
func (h *held) Header() http.Header { return h.header }

// WriteHeader implements [http.ResponseWriter]. What comes before the answer (103 Early
// Hints) is dropped: nobody has looked at its header.
func (h *held) WriteHeader(status int) {
	if h.status != 0 || status < http.StatusOK && status != http.StatusSwitchingProtocols {
		return
	}
	h.status, h.final = status, h.header.Clone()
	if status < http.StatusBadRequest {
		return
	}
	if h.refused = !h.passes(); h.refused {
		h.giveUp()
		return
	}
	h.through = true
	h.send()
}

// Write implements [http.ResponseWriter].
func (h *held) Write(p []byte) (int, error) {
	h.WriteHeader(http.StatusOK)
	switch {
	case h.refused:
		return 0, errWithheld
	case h.through:
		return h.w.Write(p)
	case int64(len(h.body))+int64(len(p)) > h.limit:
		h.refused, h.large, h.body = true, true, nil
		h.giveUp()
		return 0, errWithheld
	}
	h.body = append(h.body, p...)
	return len(p), nil
}

// FlushError is what [http.ResponseController.Flush] calls.
func (h *held) FlushError() error {
	h.WriteHeader(http.StatusOK)
	if !h.through {
		return nil
	}
	return http.NewResponseController(h.w).Flush()
}

// send sends the status and the header.
func (h *held) send() {
	clear(h.w.Header())
	maps.Copy(h.w.Header(), h.final)
	h.w.WriteHeader(h.status)
}

// trail sends what handlers set behind the header.
func (h *held) trail() { maps.Copy(h.w.Header(), h.header) }

// Interface guard
var _ http.ResponseWriter = (*held)(nil)
