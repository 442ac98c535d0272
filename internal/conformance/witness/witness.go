// SPDX-License-Identifier: Apache-2.0

//go:build conformance

// Package witness stands between an edge and Django in a live test, to know what
// Django was asked and what it answered.
package witness

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/caddyrefresh/caddyrefresh/internal/conformance"
)

// Witness is a proxy that counts the requests, and remembers Django's latest answer.
type Witness struct {
	Addr string // where it listens

	mu     sync.Mutex
	seen   int
	answer conformance.Answer
	header http.Header
}

// New starts a witness in front of the Django at an address.
func New(t testing.TB, django string) *Witness {
	t.Helper()
	w := new(Witness)
	proxy := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: django})
	proxy.ModifyResponse = w.remember
	server := httptest.NewServer(proxy)
	t.Cleanup(server.Close)
	w.Addr = server.Listener.Addr().String()
	return w
}

func (w *Witness) remember(res *http.Response) error {
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	res.Body = io.NopCloser(bytes.NewReader(body))
	w.mu.Lock()
	defer w.mu.Unlock()
	w.seen++
	w.answer, w.header = conformance.NewAnswer(res.StatusCode, res.Header, body), res.Header.Clone()
	return nil
}

// Latest returns how many requests Django got, and its answer to the last one.
func (w *Witness) Latest() (seen int, answer conformance.Answer) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.seen, w.answer
}

// Diff says in which way what a client got is not what Django sent, or "". All of
// Django's headers count, but those of the connection.
func (w *Witness) Diff(got conformance.Answer, header http.Header) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	if diff := w.answer.Diff(&got); diff != "" {
		return diff
	}
	for name := range w.header {
		if name != "Connection" && name != "Keep-Alive" && strings.Join(header[name], "|") != strings.Join(w.header[name], "|") {
			return fmt.Sprintf("%s %q, want %q", name, header[name], w.header[name])
		}
	}
	return ""
}
