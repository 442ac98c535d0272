// SPDX-License-Identifier: Apache-2.0

package edgetest

import (
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

// settlePatience is how long settle waits; it takes less than a millisecond.
const settlePatience = time.Minute

// settle waits until at most n sockets listen on each address with one of the
// ports.
//
// caddy.Load returns while the servers of the old configuration are still
// closing their sockets. Until then the kernel deals out new connections among
// the old and the new socket (SO_REUSEPORT), and resets those that the old one
// had not accepted. Without waiting, one request in some thirty that follows a
// reload at once ends in EOF or a reset.
func settle(t testing.TB, n int, ports []string) {
	t.Helper()
	for deadline := time.Now().Add(settlePatience); ; time.Sleep(100 * time.Microsecond) {
		listening := listeners()
		settled := true
		for _, port := range ports {
			settled = settled && listening[port] <= n
		}
		if settled {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("after %s more than %d sockets listen on one of the ports %v: a server has not closed its listener",
				settlePatience, n, ports)
		}
	}
}

// awaitAdmin waits until the admin endpoint answers, if it listens.
//
// Caddy starts a goroutine that serves what is the admin server once the goroutine runs.
// If another configuration is loaded before, also one that is refused, the goroutine
// serves the new server on the old socket, which settle then waits for in vain. With
// GOMAXPROCS=1 one load in a hundred met this.
func (e *Edge) awaitAdmin() {
	e.t.Helper()
	if listeners()[e.admin] == 0 {
		return
	}
	conn, err := net.DialTimeout("tcp", "127.0.0.1:"+e.admin, settlePatience)
	if err != nil {
		e.t.Fatalf("connecting to the admin endpoint: %v", err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(settlePatience))
	// net/http refuses this version itself, so Caddy logs no request.
	if _, err = io.WriteString(conn, "GET / HTTP/9.9\r\n\r\n"); err == nil {
		_, err = conn.Read(make([]byte, 1))
	}
	if err != nil {
		e.t.Fatalf("the admin endpoint does not answer: %v", err)
	}
}

// listeners counts the TCP sockets of this machine that listen on one address,
// by port; where several addresses have the port, the largest count. It knows
// none where there is no /proc/net.
func listeners() map[string]int {
	const listen = "0A" // TCP_LISTEN in Linux's include/net/tcp_states.h
	byPort, byAddress := make(map[string]int), make(map[string]int)
	for _, file := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		table, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		for line := range strings.Lines(string(table)) {
			fields := strings.Fields(line) // sl local_address rem_address st ...
			if len(fields) < 4 || fields[3] != listen {
				continue
			}
			byAddress[fields[1]]++
			_, hex, _ := strings.Cut(fields[1], ":")
			number, err := strconv.ParseUint(hex, 16, 16)
			if err != nil {
				continue
			}
			port := strconv.FormatUint(number, 10)
			byPort[port] = max(byPort[port], byAddress[fields[1]])
		}
	}
	return byPort
}
