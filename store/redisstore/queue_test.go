// SPDX-License-Identifier: Apache-2.0

package redisstore

import (
	"bytes"
	"context"
	"errors"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"

	"github.com/caddyrefresh/caddyrefresh/store"
)

// mute is a server that takes logins and does not answer anything else until it
// is told to, and then with an error. It counts what it was asked.
type mute struct {
	net.Listener
	asked atomic.Int64

	mu      sync.Mutex
	speaks  bool
	pending map[net.Conn]int // answers that are owed
}

func startMute(t *testing.T) *mute {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	m := &mute{Listener: l, pending: make(map[net.Conn]int)}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() { m.serve(c) })
		}
	})
	t.Cleanup(func() {
		l.Close()
		wg.Wait()
	})
	return m
}

func (m *mute) serve(c net.Conn) {
	defer c.Close()
	buffer := make([]byte, 1<<20)
	for {
		n, err := c.Read(buffer)
		if err != nil {
			return
		}
		asked := bytes.Count(buffer[:n], []byte("EVALSHA"))
		m.asked.Add(int64(asked))
		for range bytes.Count(buffer[:n], []byte("HELLO")) {
			_, _ = c.Write([]byte("%1\r\n$5\r\nproto\r\n:3\r\n"))
		}
		m.mu.Lock()
		m.pending[c] += asked + bytes.Count(buffer[:n], []byte("PING"))
		m.mu.Unlock()
		m.answer()
	}
}

// speak makes the server answer, what it owes first.
func (m *mute) speak() {
	m.mu.Lock()
	m.speaks = true
	m.mu.Unlock()
	m.answer()
}

func (m *mute) answer() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.speaks {
		return
	}
	for c, n := range m.pending {
		_, _ = c.Write(bytes.Repeat([]byte("-ERR mute\r\n"), n))
		delete(m.pending, c)
	}
}

// Whoever waits for a server that does not answer is told when its time is over,
// however many they are, and what nobody waits for any more is never sent.
func TestNoAnswer(t *testing.T) {
	server := startMute(t)
	s := &Store{Addresses: []string{server.Addr().String()}, Timeout: caddy.Duration(200 * time.Millisecond)}
	ctx, cancel := caddy.NewContext(caddy.Context{Context: context.Background()})
	defer cancel()
	if err := s.Provision(ctx); err != nil {
		t.Fatal(err)
	}
	defer s.Cleanup()
	ask := func() error {
		_, err := s.Check(context.Background(), &store.Check{Token: store.Token{JTI: "a"}})
		return err
	}
	const crowd = 3000
	errs := make(chan error, crowd)
	began := time.Now()
	for range crowd {
		go func() { errs <- ask() }()
	}
	for range crowd {
		if err := <-errs; !errors.Is(err, store.ErrUnavailable) || !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("Check = %v, want ErrUnavailable, since time was over", err)
		}
	}
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("the last of %d was told after %v, bound to %v", crowd, took, s.timeout)
	}
	over, cancelOver := context.WithCancel(context.Background())
	cancelOver()
	if _, err := s.Check(over, &store.Check{Token: store.Token{JTI: "a"}}); !errors.Is(err, context.Canceled) {
		t.Errorf("Check with a context that is over: %v", err)
	}
	server.speak()
	tries := 0
	for err := ask(); !strings.Contains(err.Error(), "mute"); err = ask() {
		if tries++; tries > 100 {
			t.Fatalf("Check once the server answers: %v", err)
		}
	}
	if n, most := server.asked.Load(), int64(dispatchers*maxBatch+tries+100); n == 0 || n > most {
		t.Errorf("the server was asked %d times, want at most %d: what waited when its time was over is not sent", n, most)
	}
}

// Every slot of a cluster has a lane, and neighbours share it.
func TestLanes(t *testing.T) {
	l := newLanes(true)
	for slot := range clusterSlots {
		if got, want := l.at(uint16(slot)), l[slot/(clusterSlots/clusterLanes)]; got != want {
			t.Fatalf("slot %d is not in lane %d", slot, slot/(clusterSlots/clusterLanes))
		}
	}
	if l := newLanes(false); len(l) != 1 || l.at(clusterSlots) != l[0] {
		t.Error("a server alone has not one lane")
	}
}
