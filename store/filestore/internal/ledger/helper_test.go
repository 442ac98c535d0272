// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"testing"

	"go.uber.org/goleak"
)

// The test binary runs itself as another process that holds a file (until its
// input ends) or that spends under load (until it is killed).
const (
	envHold  = "LEDGER_TEST_HOLD"
	envSpend = "LEDGER_TEST_SPEND"
)

func TestMain(m *testing.M) {
	switch {
	case os.Getenv(envHold) != "":
		hold(os.Getenv(envHold))
	case os.Getenv(envSpend) != "":
		spendForever(os.Getenv(envSpend))
	default:
		goleak.VerifyTestMain(m)
	}
}

func hold(path string) {
	f, err := NewFile(path, Options{}, nil)
	if err == nil {
		_, err = f.get(context.Background())
	}
	fmt.Println("open", err)
	_, _ = io.Copy(io.Discard, os.Stdin)
	if err == nil {
		_ = f.Close()
	}
}

// another starts the test binary as another process.
func another(t *testing.T, env, path string) (*exec.Cmd, io.WriteCloser, io.ReadCloser) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), env+"="+path)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd, in, out
}
