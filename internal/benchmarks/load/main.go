// SPDX-License-Identifier: Apache-2.0

// Command load sends one POST over and over, on keep-alive connections, and
// prints how long that took, in seconds. Every answer must be a 200 whose body
// begins as expected, or it fails. With -tokens each connection is a session that
// rotates.
//
// It shares the machine with the server that it measures, so it does next to
// nothing per request: no net/http, no allocation, one write and mostly one read.
package main

import (
	"bufio"
	"bytes"
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

func main() {
	var l load
	flag.StringVar(&l.address, "address", "", "`host:port` to connect to")
	path := flag.String("path", "/", "`path` to post to")
	body := flag.String("body", "", "`JSON` to post")
	tokens := flag.String("tokens", "", "`file` with a refresh token for each connection, one a line: in place of body")
	expect := flag.String("expect", "", "what the body of each answer begins with")
	connections := flag.Int("connections", 32, "how many requests are under way at once")
	requests := flag.Int("requests", 1000, "how many requests to send in all")
	flag.Parse()

	l.expect = []byte(*expect)
	l.head = fmt.Appendf(nil, "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nContent-Length: ", *path, l.address)
	l.constant = fmt.Appendf(slices.Clip(l.head), "%d\r\n\r\n%s", len(*body), *body)
	l.left.Store(int64(*requests))
	if *tokens != "" {
		if err := l.readTokens(*tokens, *connections); err != nil {
			fail(err)
		}
	}

	began := time.Now()
	if err := l.run(*connections); err != nil {
		fail(err)
	}
	fmt.Println(time.Since(began).Seconds())
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "load:", err)
	os.Exit(1)
}

// load is what all connections share.
type load struct {
	address      string
	head, expect []byte   // of a request up to its length, and of the body of an answer
	constant     []byte   // the request, unless connections rotate
	tokens       []string // the first token of each connection, if they rotate
	left         atomic.Int64
}

// run sends what is left over n connections.
func (l *load) run(n int) error {
	errs := make([]error, n)
	var wg sync.WaitGroup
	for i := range errs {
		wg.Go(func() { errs[i] = l.loop(i) })
	}
	wg.Wait()
	return errors.Join(errs...)
}

// loop sends one request after the other until none is left, on the connection of
// that number.
func (l *load) loop(number int) error {
	c := connection{load: l, request: l.constant}
	if l.tokens != nil {
		c.request = nil // its own to write over
		c.rotate([]byte(l.tokens[number]))
	}
	defer c.close()
	for l.left.Add(-1) >= 0 {
		if err := c.roundTrip(); err != nil {
			l.left.Store(0)
			return err
		}
	}
	return nil
}

// connection is a connection to the server, made anew where the server closes it.
type connection struct {
	*load
	conn    net.Conn
	in      *bufio.Reader
	request []byte
}

func (c *connection) close() {
	if c.conn != nil {
		c.conn.Close()
		c.conn = nil
	}
}

func (c *connection) roundTrip() error {
	if c.conn == nil {
		conn, err := net.Dial("tcp", c.address)
		if err != nil {
			return err
		}
		c.conn, c.in = conn, bufio.NewReaderSize(conn, 8192)
	}
	if _, err := c.conn.Write(c.request); err != nil {
		return fmt.Errorf("sending a request: %w", err)
	}
	length, closes, err := c.readHead()
	if err != nil {
		return err
	}
	body, err := c.in.Peek(length)
	if err != nil {
		return fmt.Errorf("reading a body of %d bytes: %w", length, err)
	}
	if !bytes.HasPrefix(body, c.expect) {
		return fmt.Errorf("the answer does not begin with %q: %q", c.expect, body)
	}
	if c.tokens != nil {
		token, err := refreshToken(body)
		if err != nil {
			return err
		}
		c.rotate(token)
	}
	if _, err := c.in.Discard(length); err != nil {
		return err
	}
	if closes {
		c.close()
	}
	return nil
}

var (
	statusOK      = []byte("HTTP/1.1 200 ")
	contentLength = []byte("content-length:")
	closeHeader   = []byte("connection: close")
)

// readHead reads up to the body: its length, and whether the server closes the
// connection behind it.
func (c *connection) readHead() (length int, closes bool, err error) {
	line, err := c.in.ReadSlice('\n')
	if err != nil {
		return 0, false, fmt.Errorf("reading an answer: %w", err)
	}
	if !bytes.HasPrefix(line, statusOK) {
		return 0, false, fmt.Errorf("an answer is not 200: %q", line)
	}
	length = -1
	for {
		if line, err = c.in.ReadSlice('\n'); err != nil {
			return 0, false, fmt.Errorf("reading a header: %w", err)
		}
		line = bytes.TrimSpace(line)
		switch {
		case len(line) == 0 && length < 0:
			return 0, false, errors.New("an answer has no Content-Length")
		case len(line) == 0:
			return length, closes, nil
		case hasPrefixFold(line, contentLength):
			if length, err = strconv.Atoi(string(bytes.TrimSpace(line[len(contentLength):]))); err != nil {
				return 0, false, fmt.Errorf("an answer has a bad Content-Length: %w", err)
			}
		case hasPrefixFold(line, closeHeader):
			closes = true
		}
	}
}

// hasPrefixFold reports whether line begins with prefix in any case.
func hasPrefixFold(line, prefix []byte) bool {
	return len(line) >= len(prefix) && bytes.EqualFold(line[:len(prefix)], prefix)
}
