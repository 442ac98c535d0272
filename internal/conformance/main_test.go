// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package conformance

import (
	"fmt"
	"os"
	"sync"
	"testing"
)

// binaryDir is where the edge's binary goes.
var binaryDir string

// TestMain cleans up behind edgeBinary.
func TestMain(m *testing.M) {
	var err error
	if binaryDir, err = os.MkdirTemp("", "conformance-"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	if err := os.RemoveAll(binaryDir); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	os.Exit(code)
}

var buildOnce sync.Once

// edgeBinary builds the edge, once for all tests.
func edgeBinary(t *testing.T) string {
	t.Helper()
	var err error
	buildOnce.Do(func() { edgePath, err = BuildEdge(t.Context(), binaryDir) })
	if err != nil || edgePath == "" {
		t.Fatalf("no edge: %v", err)
	}
	return edgePath
}

var edgePath string
