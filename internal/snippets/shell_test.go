// SPDX-License-Identifier: Apache-2.0

package snippets

import (
	"regexp"
	"strings"
	"testing"
)

// filled replaces what a reader is to fill in.
func (on *bench) filled(commands string) string {
	return strings.NewReplacer(
		"eyJhbGciOi...", on.token,
		"<jti>", "0b1c2d3e4f5061728394a5b6c7d8e9f0",
		"<id>", "42",
		"<yours>", "example.com/yours",
		"@/etc/caddyrefresh/secrets/django", "@secret.txt",
	).Replace(commands)
}

// runShell runs commands. Each has to succeed.
func runShell(t *testing.T, on *bench, b block) {
	stdout, stderr, err := on.sh(t, on.workshop(t), b.page, on.filled(b.text))
	if err != nil {
		t.Errorf("%v\n%s\n%s%s", err, b.text, stdout, stderr)
	}
}

// runConsole runs the lines that begin with a dollar sign and compares what they
// print with the lines below, in which three dots stand for anything.
func runConsole(t *testing.T, on *bench, b block) {
	for session := range strings.SplitSeq("\n"+b.text, "\n$ ") {
		command, want, _ := strings.Cut(session, "\n")
		if command == "" {
			continue
		}
		stdout, stderr, err := on.sh(t, on.workshop(t), b.page, on.filled(command))
		if err != nil {
			t.Fatalf("%v\n%s\n%s%s", err, command, stdout, stderr)
		}
		pattern := "^" + strings.ReplaceAll(regexp.QuoteMeta(strings.TrimSpace(want)), `\.\.\.`, `[\w.-]+`) + "$"
		if !regexp.MustCompile(pattern).MatchString(strings.TrimSpace(stdout)) {
			t.Errorf("%s\nprints %s\nwant   %s", command, stdout, want)
		}
	}
}

// inProse matches a command in the middle of a sentence.
var inProse = regexp.MustCompile(`^([A-Z_]+=\S+ )*(make|go|caddyrefresh|token-refresh|xcaddy|curl|bin/bench) `)

// TestCommandsInProse runs the commands that pages name in the middle of a sentence.
// One of caddyrefresh may lack what is required, so its help is asked for, which
// fails where a flag or the command is not there.
func TestCommandsInProse(t *testing.T) {
	on := newBench(t)
	tried := map[string]bool{}
	for _, p := range pages(t) {
		for _, span := range p.spans {
			span = strings.TrimPrefix(span, "$ ")
			if !inProse.MatchString(span) || strings.Contains(span, ": ") || tried[p.name+span] {
				continue
			}
			tried[p.name+span] = true
			command := on.filled(span)
			if rest, ok := strings.CutPrefix(command, "token-refresh "); ok {
				command = "caddyrefresh token-refresh " + rest
			}
			if strings.HasPrefix(command, "caddyrefresh ") {
				command += " --help"
			}
			stdout, stderr, err := on.sh(t, on.workshop(t), p.name, command)
			if err != nil {
				t.Errorf("%s: `%s`: %v\n%s%s", p.name, span, err, stdout, stderr)
			}
		}
	}
	if len(tried) < 20 {
		t.Errorf("%d commands are tried, want at least 20", len(tried))
	}
}
