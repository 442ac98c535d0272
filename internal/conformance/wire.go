// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package conformance

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
)

// Exchange limits: no answer here is larger, none takes longer.
const (
	maxAnswer = 1 << 20
	deadline  = time.Minute
	attempts  = 4
)

// Send writes the bytes of a request to addr, on a connection of its own, and
// returns the answer. A server that answers before it has read a body may
// reset the connection and lose the answer, so a lost answer is asked for
// again.
func Send(addr string, request []byte) (Answer, http.Header, error) {
	var err error
	for range attempts {
		var a Answer
		var h http.Header
		if a, h, err = send(addr, request); err == nil {
			return a, h, nil
		}
	}
	return Answer{}, nil, fmt.Errorf("sending %.100q to %s: %w", request, addr, err)
}

func send(addr string, request []byte) (Answer, http.Header, error) {
	conn, err := net.DialTimeout("tcp", addr, deadline)
	if err != nil {
		return Answer{}, nil, err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(deadline)); err != nil {
		return Answer{}, nil, err
	}
	if _, err := conn.Write(request); err != nil {
		return Answer{}, nil, err
	}
	method, _, _ := bytes.Cut(request, []byte(" "))
	response, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: string(method)})
	if err != nil {
		return Answer{}, nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return Answer{}, nil, err
	}
	return NewAnswer(response.StatusCode, response.Header, body), response.Header, nil
}
