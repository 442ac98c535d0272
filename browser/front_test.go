// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package browser

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"
)

// fault is what becomes of a refresh on its way to the edge and back.
type fault string

const (
	unavailable fault = "503"             // a proxy's answer, which never reached the edge
	tooEarly    fault = "425"             // the edge's, to TLS early data
	unreached   fault = "a broken way up" // the connection breaks before the edge has the request
	lost        fault = "a lost answer"   // it breaks once the edge has answered
	silent      fault = "silence"         // the edge has answered, and the client waits
)

// proxy stands between the browser and the edge.
type proxy struct {
	edge *httputil.ReverseProxy

	mu        sync.Mutex
	faults    []fault // of the next refreshes
	refreshes int
	inFlight  int
	most      int // of inFlight
}

// startProxy serves the front host until the test ends.
func startProxy(t *testing.T) *proxy {
	t.Helper()
	target := &url.URL{Scheme: "https", Host: strings.TrimPrefix(front, "https://")}
	p := &proxy{edge: &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target) },
		Transport: &http.Transport{
			TLSClientConfig: &tls.Config{InsecureSkipVerify: true},
			DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
				return (&net.Dialer{}).DialContext(ctx, network, fmt.Sprintf("127.0.0.1:%d", shared.ports.edge))
			},
		},
	}}
	stop, err := serveTLS(shared.ports.front, p)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	return p
}

// fail has the next refreshes meet these faults, and counts from 0 again.
func (p *proxy) fail(faults ...fault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.faults, p.refreshes, p.most = faults, 0, p.inFlight
}

// seen returns how many refreshes came since fail, and how many faults are left.
func (p *proxy) seen() (refreshes, left int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.refreshes, len(p.faults)
}

// mostAtOnce returns how many refreshes were on their way at one time since fail.
func (p *proxy) mostAtOnce() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.most
}

// begin returns what becomes of a refresh, and what to call at its end. HTTP/2 tells the
// browser of the end after that.
func (p *proxy) begin() (f fault, end func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.refreshes++
	p.inFlight++
	p.most = max(p.most, p.inFlight)
	if len(p.faults) > 0 {
		f, p.faults = p.faults[0], p.faults[1:]
	}
	return f, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.inFlight--
	}
}

func (p *proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var met fault
	if strings.HasPrefix(r.URL.Path, "/api/token/refresh") {
		var end func()
		met, end = p.begin()
		defer end()
	}
	switch met {
	case unavailable:
		w.Header().Set("Retry-After", "1")
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	case tooEarly:
		r.Header.Set("Early-Data", "1")
	case unreached:
		panic(http.ErrAbortHandler)
	case lost:
		p.edge.ServeHTTP(httptest.NewRecorder(), r)
		panic(http.ErrAbortHandler)
	case silent:
		p.edge.ServeHTTP(httptest.NewRecorder(), r)
		<-r.Context().Done()
		return
	}
	p.edge.ServeHTTP(w, r)
}
