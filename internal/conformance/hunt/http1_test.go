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

// gun sends one request after the other on a connection.
type gun interface {
	dial() error
	// fire sends a request and waits for the answer, whatever it is. It says
	// whether the connection can be used for another one.
	fire(s shot) (open bool, err error)
	close()
}

// http1 writes requests as they are, on a socket.
type http1 struct {
	addr string
	conn net.Conn
	r    *bufio.Reader
}

func (g *http1) dial() (err error) {
	g.conn, err = net.Dial("tcp", g.addr)
	g.r = bufio.NewReader(g.conn)
	return err
}

func (g *http1) close() { g.conn.Close() }

func (g *http1) fire(s shot) (open bool, err error) {
	if err := g.conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return false, err
	}
	extra := ""
	if s.name != "" {
		extra = s.name + ": " + s.value + "\r\n"
	}
	_, err = fmt.Fprintf(g.conn, "%s %s HTTP/1.1\r\nHost: localhost\r\nX-Hunt: %s\r\n%sContent-Length: 2\r\n\r\n{}", s.method, s.target, s.id, extra)
	if err != nil {
		return false, err
	}
	res, err := http.ReadResponse(g.r, nil)
	if err != nil {
		return false, err
	}
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		return false, err
	}
	return !res.Close, nil
}
