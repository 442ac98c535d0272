// SPDX-License-Identifier: Apache-2.0

package redisstore

import (
	"fmt"
	"os"
	"testing"

	"go.uber.org/goleak"
)

var atExit = func() {}

// TestMain fails where a goroutine outlives the stores, and with it a
// connection.
func TestMain(m *testing.M) {
	code := m.Run()
	for tries := 10; code == 0; tries-- {
		// Connections that are being closed may take a few seconds.
		err := goleak.Find()
		if err == nil {
			break
		}
		if tries == 0 {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	atExit()
	os.Exit(code)
}
