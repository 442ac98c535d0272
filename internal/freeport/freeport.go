// SPDX-License-Identifier: Apache-2.0

// Package freeport finds loopback ports for the servers that tests start.
package freeport

import (
	"errors"
	"net"
	"os"
	"strconv"
	"sync/atomic"
)

// Ports are taken from below the range that Linux gives to outgoing connections (32768
// and up, net.ipv4.ip_local_port_range). A port from that range could be taken by a
// connection before the server listens on it.
const (
	first = 15000
	count = 15000
)

// taken counts the ports that were tried. Each process begins somewhere else, so that
// two test processes at one time do not try the same ports.
var taken atomic.Uint32

func init() { taken.Store(uint32(os.Getpid() * 97 % count)) }

var errNone = errors.New("no loopback port from 15000 to 29999 is free: stop a server that listens there")

// Take returns a TCP port on 127.0.0.1 that nothing listens on. It does not return the
// same port to one process again before it has tried all others.
func Take() (int, error) {
	for range count {
		port := first + int(taken.Add(1)%count)
		if Free(port) {
			return port, nil
		}
	}
	return 0, errNone
}

// Addr returns a host:port of 127.0.0.1 that nothing listens on, as [Take] does.
func Addr() (string, error) {
	port, err := Take()
	return address(port), err
}

// Free reports whether nothing listens on a TCP port of 127.0.0.1.
func Free(port int) bool {
	l, err := net.Listen("tcp", address(port))
	if err != nil {
		return false
	}
	return l.Close() == nil
}

func address(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }
