// SPDX-License-Identifier: Apache-2.0

package freeport

import (
	"net"
	"testing"
)

// TestTake guards tests that start several servers: two ports that were asked for one
// after the other were the same when the kernel chose them, since the first was free
// again by then.
func TestTake(t *testing.T) {
	taken.Store(count - 20) // the last before the count begins anew
	seen := make(map[int]bool)
	for range 100 {
		port, err := Take()
		if err != nil {
			t.Fatal(err)
		}
		if seen[port] || port < first || port >= first+count {
			t.Fatalf("port %d after %v", port, seen)
		}
		seen[port] = true
	}
}

func TestTakeLeavesOutWhatIsInUse(t *testing.T) {
	addr, err := Addr()
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	used := l.Addr().(*net.TCPAddr).Port
	if Free(used) {
		t.Errorf("port %d is free while a listener has it", used)
	}
	taken.Store(uint32(used - first - 1)) // so that it is the next to be tried
	if port, err := Take(); err != nil || port == used {
		t.Errorf("port %d, %v, while a listener has it", port, err)
	}
}
