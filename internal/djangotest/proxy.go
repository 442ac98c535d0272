// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package djangotest

import (
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// Proxy stands between a client and a server. It counts the round trips, and it
// can hold everything back, as a network does that lost its way.
type Proxy struct {
	port, target int
	trips        atomic.Int64
	answered     atomic.Bool // the server spoke last
	gate         sync.RWMutex
}

// NewProxy starts a proxy for a server's port on loopback.
func NewProxy(t testing.TB, target int) *Proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	p := &Proxy{port: l.Addr().(*net.TCPAddr).Port, target: target}
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			go p.join(client)
		}
	}()
	return p
}

// URL is a database's URL with the proxy's port for the server's.
func (p *Proxy) URL(url string) string {
	return strings.Replace(url, fmt.Sprintf(":%d/", p.target), fmt.Sprintf(":%d/", p.port), 1)
}

// Trips is how often a client spoke after the server did.
func (p *Proxy) Trips() int64 { return p.trips.Load() }

// Hold holds everything back, or lets it go on.
func (p *Proxy) Hold(on bool) {
	if on {
		p.gate.Lock()
	} else {
		p.gate.Unlock()
	}
}

func (p *Proxy) join(client net.Conn) {
	server, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", p.target))
	if err != nil {
		_ = client.Close()
		return
	}
	go p.copy(client, server, func() { p.answered.Store(true) })
	p.copy(server, client, func() {
		if p.answered.Swap(false) {
			p.trips.Add(1)
		}
	})
}

func (p *Proxy) copy(to, from net.Conn, spoke func()) {
	defer to.Close()
	_, _ = io.Copy(gated(func(b []byte) (int, error) {
		p.gate.RLock()
		defer p.gate.RUnlock()
		spoke()
		return to.Write(b)
	}), from)
}

type gated func([]byte) (int, error)

func (g gated) Write(b []byte) (int, error) { return g(b) }
