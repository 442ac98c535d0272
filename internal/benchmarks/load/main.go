// SPDX-License-Identifier: Apache-2.0

// Command load sends one POST over and over, on keep-alive connections, and
// prints how long that took, in seconds. Every answer must be a 200 whose body
// begins as expected, or it fails.
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
	expect := flag.String("expect", "", "what the body of each answer begins with")
	connections := flag.Int("connections", 32, "how many requests are under way at once")
	requests := flag.Int("requests", 1000, "how many requests to send in all")
	flag.Parse()

	l.expect = []byte(*expect)
	l.request = fmt.Appendf(nil, "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
		*path, l.address, len(*body), *body)
	l.left.Store(int64(*requests))

	began := time.Now()
	if err := l.run(*connections); err != nil {
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(1)
	}
	fmt.Println(time.Since(began).Seconds())
}

// load is what all connections share.
type load struct {
	address         string
	request, expect []byte
	left            atomic.Int64
}

// run sends what is left over n connections.
func (l *load) run(n int) error {
	errs := make([]error, n)
	var wg sync.WaitGroup
	for i := range errs {
		wg.Go(func() { errs[i] = l.loop() })
	}
	wg.Wait()
	return errors.Join(errs...)
}

// loop sends one request after the other until none is left.
func (l *load) loop() error {
	c := connection{load: l}
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
	conn net.Conn
	in   *bufio.Reader
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

// hasPrefixFold says whether line begins with prefix in any case.
func hasPrefixFold(line, prefix []byte) bool {
	return len(line) >= len(prefix) && bytes.EqualFold(line[:len(prefix)], prefix)
}
