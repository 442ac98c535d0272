// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package hunt

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
)

// patience is how long a request may take on a busy machine.
const patience = 30 * time.Second

// gun sends one request after the other. An error is about the connection,
// which is made anew for the next request; what counts is what reached Django.
type gun interface {
	fire(s shot) error
	close()
}

// http1 writes requests as they are, on a socket.
type http1 struct {
	addr string
	conn net.Conn
	r    *bufio.Reader
}

func (g *http1) close() {
	if g.conn != nil {
		g.conn.Close()
		g.conn = nil
	}
}

func (g *http1) fire(s shot) error {
	if g.conn == nil {
		conn, err := net.Dial("tcp", g.addr)
		if err != nil {
			return err
		}
		g.conn, g.r = conn, bufio.NewReader(conn)
	}
	err := g.exchange(s)
	if err != nil {
		g.close()
	}
	return err
}

func (g *http1) exchange(s shot) error {
	if err := g.conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	extra := ""
	if s.name != "" {
		extra = s.name + ": " + s.value + "\r\n"
	}
	_, err := fmt.Fprintf(g.conn, "%s %s HTTP/1.1\r\nHost: localhost\r\nX-Hunt: %s\r\n%sContent-Length: 2\r\n\r\n{}", s.method, s.target, s.id, extra)
	if err != nil {
		return err
	}
	res, err := http.ReadResponse(g.r, nil)
	if err != nil {
		return err
	}
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		return err
	}
	if res.Close {
		g.close()
	}
	return nil
}
