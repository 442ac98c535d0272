// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package redistest

import (
	"bytes"
	"net"
	"sync"
	"testing"
)

// Proxy stands between a client and a server. It counts round trips and can cut
// connections in the middle of an answer.
type Proxy struct {
	Addr string

	listener net.Listener
	target   string
	wg       sync.WaitGroup

	mu     sync.Mutex
	trips  int
	asking bool // the last bytes came from the client
	cutAt  []byte
	silent bool
	open   map[net.Conn]struct{}
}

// NewProxy runs a proxy in front of the server at target.
func NewProxy(t testing.TB, target string) *Proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("proxy: %v", err)
	}
	p := &Proxy{Addr: l.Addr().String(), listener: l, target: target, open: make(map[net.Conn]struct{})}
	p.wg.Add(1)
	go p.accept()
	t.Cleanup(p.close)
	return p
}

// Trips returns how often the client spoke after having been answered: the
// round trips, if one request is made after the other. A PING alone, which
// clients send when idle, does not count.
func (p *Proxy) Trips() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.trips
}

// CutAnswer makes the next answer end after its first byte, together with its
// connection, if the request holds the text.
func (p *Proxy) CutAnswer(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cutAt = []byte(text)
}

// Silence swallows what is said on any connection, for as long as that
// connection lives, as a firewall does that has forgotten it; Silence(false)
// spares those that have not spoken since.
func (p *Proxy) Silence(on bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.silent = on
}

func (p *Proxy) close() {
	p.listener.Close()
	p.mu.Lock()
	for c := range p.open {
		c.Close()
	}
	p.mu.Unlock()
	p.wg.Wait()
}

func (p *Proxy) accept() {
	defer p.wg.Done()
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", p.target)
		if err != nil {
			client.Close()
			continue
		}
		p.mu.Lock()
		p.open[client], p.open[server] = struct{}{}, struct{}{}
		p.mu.Unlock()
		link := &proxied{p: p, client: client, server: server}
		p.wg.Add(2)
		go link.requests()
		go link.answers()
	}
}

type proxied struct {
	p              *Proxy
	client, server net.Conn
	cut, lost      bool
}

func (l *proxied) close() {
	l.client.Close()
	l.server.Close()
	l.p.mu.Lock()
	delete(l.p.open, l.client)
	delete(l.p.open, l.server)
	l.p.mu.Unlock()
}

var ping = []byte("*1\r\n$4\r\nPING\r\n")

func (l *proxied) requests() {
	defer l.p.wg.Done()
	defer l.close()
	buffer := make([]byte, 1<<16)
	for {
		n, err := l.client.Read(buffer)
		if err != nil {
			return
		}
		l.p.mu.Lock()
		if !bytes.Equal(buffer[:n], ping) {
			if !l.p.asking {
				l.p.trips++
			}
			l.p.asking = true
		}
		if len(l.p.cutAt) > 0 && bytes.Contains(buffer[:n], l.p.cutAt) {
			l.p.cutAt, l.cut = nil, true
		}
		l.lost = l.lost || l.p.silent
		lost := l.lost
		l.p.mu.Unlock()
		if lost {
			continue
		}
		if _, err := l.server.Write(buffer[:n]); err != nil {
			return
		}
	}
}

func (l *proxied) answers() {
	defer l.p.wg.Done()
	defer l.close()
	buffer := make([]byte, 1<<16)
	for {
		n, err := l.server.Read(buffer)
		if err != nil {
			return
		}
		l.p.mu.Lock()
		l.p.asking = false
		cut, lost := l.cut, l.lost || l.p.silent
		l.p.mu.Unlock()
		switch {
		case cut:
			_, _ = l.client.Write(buffer[:1])
			return
		case lost:
		default:
			if _, err := l.client.Write(buffer[:n]); err != nil {
				return
			}
		}
	}
}
