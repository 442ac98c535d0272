// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package browser

import (
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"os"
)

// servePages serves the hosts that are not the edge: the SPA on an origin of its own, and
// for the others an empty page, on which tests run scripts.
func servePages() (stop func(), err error) {
	root, err := os.MkdirTemp("", "pages")
	if err != nil {
		return nil, err
	}
	if err := copyPages(root, api, "refreshCookie"); err != nil {
		return nil, err
	}
	files := http.FileServer(http.Dir(root))
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if "https://"+r.Host == app {
			files.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprintf(w, `<!doctype html><link rel="icon" href="data:,"><title>%s</title><body>`, r.Host)
	})
	closeServer, err := serveTLS(shared.ports.pages, handler)
	if err != nil {
		return nil, err
	}
	return func() { closeServer(); _ = os.RemoveAll(root) }, nil
}

// serveTLS serves HTTP/1.1 and HTTP/2 on a loopback port, with the certificate of all hosts.
func serveTLS(port int, handler http.Handler) (stop func(), err error) {
	l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		return nil, err
	}
	server := &http.Server{Handler: handler, TLSConfig: &tls.Config{Certificates: []tls.Certificate{shared.certificate.Certificate}}}
	go func() { _ = server.ServeTLS(l, "", "") }()
	return func() { _ = server.Close() }, nil
}
