// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
)

// readTokens reads the first token of each of n connections.
func (l *load) readTokens(file string, n int) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if l.tokens = strings.Fields(string(text)); len(l.tokens) < n {
		return fmt.Errorf("%s has %d tokens for %d connections", file, len(l.tokens), n)
	}
	return nil
}

const bodyStart, bodyEnd = `{"refresh":"`, `"}`

// rotate makes the connection send the token next. It writes the request over the
// one before, which is as long or nearly so.
func (c *connection) rotate(token []byte) {
	c.request = append(c.request[:0], c.head...)
	c.request = strconv.AppendInt(c.request, int64(len(bodyStart)+len(token)+len(bodyEnd)), 10)
	c.request = append(c.request, "\r\n\r\n"+bodyStart...)
	c.request = append(c.request, token...)
	c.request = append(c.request, bodyEnd...)
}

var refreshMember = []byte(`"refresh":"`)

// refreshToken returns the refresh token of an answer, whose tokens need no
// unescaping.
func refreshToken(body []byte) ([]byte, error) {
	_, after, ok := bytes.Cut(body, refreshMember)
	token, _, closed := bytes.Cut(after, []byte(`"`))
	if !ok || !closed {
		return nil, fmt.Errorf("an answer has no refresh token: %q", body)
	}
	return token, nil
}
