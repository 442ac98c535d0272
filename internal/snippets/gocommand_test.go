// SPDX-License-Identifier: Apache-2.0

package snippets

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// goCommand wants packages, tests, benchmarks, tags and flags that are there.
func goCommand(args []string) error {
	if len(args) == 0 {
		return errors.New("no command")
	}
	flags := flag.NewFlagSet("go", flag.ContinueOnError)
	run, bench := flags.String("run", "", ""), flags.String("bench", "", "")
	tags := flags.String("tags", "", "")
	update := flags.Bool("update", false, "") // of our own tests
	for _, name := range []string{"race", "v"} {
		flags.Bool(name, false, "")
	}
	for _, name := range []string{"count", "benchtime"} {
		flags.String(name, "", "")
	}
	var packages []string
	for rest := args[1:]; ; rest = flags.Args()[1:] {
		if err := flags.Parse(rest); err != nil {
			return err
		}
		if flags.NArg() == 0 {
			break
		}
		packages = append(packages, flags.Arg(0))
		if args[0] == "run" {
			break
		}
	}
	if len(packages) == 0 {
		packages = []string{"."}
	}
	if args[0] == "run" {
		return goRun(packages[0], *tags, flags.Args()[1:])
	}
	if args[0] != "test" {
		return fmt.Errorf("go %s is unknown", args[0])
	}
	code, err := testsOf(packages)
	if err != nil {
		return err
	}
	for tag := range strings.SplitSeq(*tags, ",") {
		if tag != "" && !regexp.MustCompile(`(?m)^//go:build .*\b`+tag+`\b`).Match(code) {
			return fmt.Errorf("no test has the tag %s", tag)
		}
	}
	if *update && !bytes.Contains(code, []byte(`flag.Bool("update"`)) {
		return fmt.Errorf("the tests have no flag -update")
	}
	if *bench != "" {
		return matches(code, "Benchmark", *bench)
	}
	return matches(code, "Test", *run)
}

// goRun wants a program and its flags.
func goRun(folder, tags string, args []string) error {
	if folder == "./caddyrefresh" {
		if strings.Join(args, " ") != "run --config Caddyfile.example" {
			return fmt.Errorf("%q is unknown", args)
		}
		return exists("Caddyfile.example")
	}
	if err := declared(folder, args); err != nil {
		return err
	}
	code, err := os.ReadFile(at(folder + "/main.go"))
	if err == nil && !bytes.Contains(code, []byte("//go:build "+tags+"\n")) {
		err = fmt.Errorf("%s is not built with the tags %q", folder, tags)
	}
	return err
}

// testsOf returns the text of the tests of packages.
func testsOf(packages []string) (code []byte, err error) {
	for _, pattern := range packages {
		folder, all := strings.CutSuffix(pattern, "/...")
		var own []byte
		err := eachFile(folder, func(name string, text []byte) {
			if strings.HasSuffix(name, "_test.go") && (all || filepath.Dir(name) == at(folder)) {
				own = append(append(own, '\n'), text...)
			}
		})
		if err != nil {
			return nil, err
		}
		if len(own) == 0 {
			return nil, fmt.Errorf("%s has no tests", pattern)
		}
		code = append(code, own...)
	}
	return code, nil
}

// matches wants a function that go test would run.
func matches(code []byte, kind, pattern string) error {
	re, err := regexp.Compile(pattern)
	if err != nil {
		return err
	}
	for _, m := range regexp.MustCompile(`(?m)^func (`+kind+`\w+)\(`).FindAllSubmatch(code, -1) {
		if re.Match(m[1]) {
			return nil
		}
	}
	return fmt.Errorf("no %s matches %q", kind, pattern)
}
