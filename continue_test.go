// SPDX-License-Identifier: Apache-2.0

package caddyrefresh

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestEarlyRefusals sends the head of a request and waits, as a client does that
// wants to be told to continue: the answer comes without the body, says that the
// connection closes, and the connection does. Each of them would wait for the
// other without that.
func TestEarlyRefusals(t *testing.T) {
	up := newUpstream(t)
	edge := startEdge(t, behind(up))
	for _, tt := range []struct {
		name, target, header string
		status               int
	}{
		{"too large", "/api/token/refresh", "Content-Type: application/json\r\nContent-Length: 1000000\r\nExpect: 100-continue\r\n", 413},
		{"wrong type", "/api/token/refresh", "Content-Type: text/plain\r\nContent-Length: 30\r\nExpect: 100-continue\r\n", 415},
		{"wrong type, large", "/api/token/refresh/", "Content-Type: text/plain\r\nContent-Length: 1000000\r\nExpect: 100-continue\r\n", 415},
		{"too large, not asked", "/api/token/refresh", "Content-Type: application/json\r\nContent-Length: 1000000\r\n", 413},
		{"wrong type, not asked", "/api/token/refresh", "Content-Type: text/plain\r\nContent-Length: 30\r\n", 415},
		{"not acceptable", "/api/token/refresh", "Accept: text/plain\r\nContent-Length: 30\r\nExpect: 100-continue\r\n", 406},
		{"not found", "/api/token//refresh", "Content-Length: 30\r\nExpect: 100-continue\r\n", 404},
	} {
		t.Run(tt.name, func(t *testing.T) {
			conn, err := net.Dial("tcp", strings.TrimPrefix(edge.URL, "http://"))
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			if err := conn.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\n%s\r\n", tt.target, tt.header)
			r := bufio.NewReader(conn)
			res, err := http.ReadResponse(r, nil)
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(res.Body)
			if err != nil || res.StatusCode != tt.status || !strings.HasPrefix(string(body), `{"detail":`) {
				t.Errorf("%d %s %v, want %d", res.StatusCode, body, err, tt.status)
			}
			if !res.Close {
				t.Errorf("%d does not say that the connection closes: %v", res.StatusCode, res.Header)
			}
			// net/http goes on to wait for a small body, Caddy lets it do so for a
			// minute: a client that need not send it closes its side.
			if strings.Contains(tt.header, "Expect") {
				_ = conn.(*net.TCPConn).CloseWrite()
			} else {
				fmt.Fprint(conn, strings.Repeat(" ", 30))
			}
			// What comes after the server has closed resets the connection.
			if _, err := r.ReadByte(); !errors.Is(err, io.EOF) && !errors.Is(err, syscall.ECONNRESET) {
				t.Errorf("the connection does not close: %v", err)
			}
		})
	}
}
