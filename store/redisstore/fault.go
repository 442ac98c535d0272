// SPDX-License-Identifier: Apache-2.0

package redisstore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"syscall"
	"time"

	"github.com/caddyrefresh/caddyrefresh/store"
	"github.com/caddyrefresh/caddyrefresh/store/tlsclient"
)

// fault turns what went wrong into the store's own error, and keeps it for the
// status. Redis quotes an unknown command with its arguments, AUTH included, so
// explain removes the password.
func (s *Store) fault(err error) error {
	if errors.Is(err, context.DeadlineExceeded) {
		s.state.fault.Store(&fault{noAnswer, time.Now()})
		return errNoAnswer
	}
	text := s.resource.explain(err)
	s.state.fault.Store(&fault{text, time.Now()})
	for _, known := range []error{context.Canceled, store.ErrLayout} {
		if errors.Is(err, known) {
			return fmt.Errorf("%w: redis: %s: %w", store.ErrUnavailable, text, known)
		}
	}
	return fmt.Errorf("%w: redis: %s", store.ErrUnavailable, text)
}

const noAnswer = "no answer in time"

// errNoAnswer is made once: while a server hangs, thousands of callers get it at
// once.
var errNoAnswer = fmt.Errorf("%w: redis: %s: %w", store.ErrUnavailable, noAnswer, context.DeadlineExceeded)

// cures are what an operator can do about an error, by Redis's code for it.
var cures = []struct{ code, cure string }{
	{"MOVED", "this is a cluster: add the line cluster"},
	{"cluster support disabled", "this is not a cluster: delete the line cluster"},
	{"WRONGPASS", "look at username and password"},
	{"NOAUTH", "add the line password"},
	{"NOPERM", "let the user run evalsha, eval, getex, get, set, del, pttl, time and ping, on the keys below key_prefix"},
	{"READONLY", "this is a replica: name the master, or use sentinel_master"},
	{"OOM", "the server's memory is full: raise maxmemory"},
	{"permission denied", "let the user of Caddy write to the socket: add that user to the socket's group, or set unixsocketperm"},
	{"dial unix", "look at the path of the socket, and whether the server has it as unixsocket"},
	{"dial tcp", "look at the address, and whether the server listens there"},
	{"WRONGTYPE", "another program writes below key_prefix: choose another prefix"},
}

// handshake is what an operator can do about TLS.
var handshake = tlsclient.Cures{
	Authority:   "name the file with the authority's certificate as ca in the block tls",
	Name:        "write the name of the certificate as address, or as server_name in the block tls",
	Certificate: "name the files of a certificate that it accepts as cert and key in the block tls",
	Plain:       "delete tls, write redis:// for rediss://, or name the port that has TLS",
}

// isClosed reports whether the other side closed the connection. In TLS 1.3 a server
// judges the client's certificate after the client's part of the handshake, and its
// alert is lost if the client has written meanwhile.
func isClosed(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}

// explain puts an error into words that hold no secret.
func (r *resource) explain(err error) string {
	if text := handshake.Explain(err); text != "" {
		return text
	}
	if r.link.TLS && !r.conns.answered.Load() && isClosed(err) {
		return "the server closes the connection, as one does that wants a client certificate: " + handshake.Certificate
	}
	text := err.Error()
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		text = noAnswer
	case errors.Is(err, context.Canceled):
		text = "the request was canceled"
	}
	if r.link.Password != "" {
		text = strings.ReplaceAll(text, r.link.Password, "[password]")
	}
	for _, c := range cures {
		if strings.Contains(text, c.code) {
			return text + " (" + c.cure + ")"
		}
	}
	return text
}
