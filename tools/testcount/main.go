// SPDX-License-Identifier: Apache-2.0

// Command testcount reads what `go test -json` prints, shows what went wrong and
// how long each package took, and ends with the line
//
//	N passed, N failed, N skipped
//
// which counts tests and subtests. It exits with 1 if anything failed or was
// skipped, or if no test ran. With -summary the three numbers also go into a file.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
)

// event is a line of `go test -json`; see `go doc test2json`.
type event struct {
	Action, Package, ImportPath, Test, Output string
	Elapsed                                   float64
}

func main() {
	summary := flag.String("summary", "", "write `passed failed skipped` to this `file`")
	flag.Parse()
	var c counter
	err := c.read(os.Stdin, os.Stdout)
	if err == nil && *summary != "" {
		err = os.WriteFile(*summary, fmt.Appendln(nil, c.passed, c.failed, c.skipped), 0o644)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "testcount:", err)
		os.Exit(1)
	}
	fmt.Printf("%d passed, %d failed, %d skipped\n", c.passed, c.failed, c.skipped)
	if c.passed == 0 || c.failed > 0 || c.skipped > 0 {
		os.Exit(1)
	}
}

// counter counts the tests that have ended.
type counter struct {
	passed, failed, skipped int

	output map[string][]string // of tests that have not ended, by package and test
	broken map[string]bool     // packages with a failed test
}

func (c *counter) read(in io.Reader, out io.Writer) error {
	c.output, c.broken = make(map[string][]string), make(map[string]bool)
	lines := bufio.NewReader(in)
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > 0 {
			c.add(line, out)
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("reading the test events: %w", err)
		}
	}
}

func (c *counter) add(line []byte, out io.Writer) {
	var e event
	if json.Unmarshal(line, &e) != nil {
		fmt.Fprintf(out, "%s", line) // the go command itself speaks
		return
	}
	key := e.Package + e.ImportPath + " " + e.Test
	switch e.Action {
	case "output", "build-output":
		c.output[key] = append(c.output[key], e.Output)
		return
	case "pass":
		if e.Test != "" {
			c.passed++
		}
	case "fail", "build-fail":
		// A package counts where none of its tests does: it did not build, or it
		// panicked outside of them.
		if e.Test != "" || e.Action == "fail" && !c.broken[e.Package] {
			c.failed++
			c.broken[e.Package] = true
		}
		c.show(key, out)
	case "skip":
		if e.Test != "" {
			c.skipped++
			c.show(key, out)
		}
	default:
		return
	}
	delete(c.output, key)
	if e.Test == "" && e.Package != "" && e.Action != "skip" {
		fmt.Fprintf(out, "%-5s %7.1fs  %s\n", e.Action, e.Elapsed, e.Package)
	}
}

func (c *counter) show(key string, out io.Writer) {
	for _, text := range c.output[key] {
		fmt.Fprint(out, text)
	}
}
