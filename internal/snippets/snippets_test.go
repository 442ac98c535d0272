// SPDX-License-Identifier: Apache-2.0

package snippets

import (
	"fmt"
	"testing"
)

// runners run the blocks of a language.
var runners = map[string]func(*testing.T, *bench, block){
	"caddyfile": runCaddyfile,
	"console":   runConsole,
	"js":        runJavaScript,
	"mermaid":   runMermaid,
	"sh":        runShell,
	"sql":       runSQL,
	"text":      runText,
}

// TestSnippets runs each code block of each page.
func TestSnippets(t *testing.T) {
	on := newBench(t)
	seen := map[string]bool{}
	for _, p := range pages(t) {
		for _, b := range p.blocks {
			seen[b.language] = true
			t.Run(fmt.Sprintf("%s:%d", b.page, b.line), func(t *testing.T) {
				run := runners[b.language]
				if run == nil {
					t.Fatalf("the block's language is %q, and no test runs that: fence it as one of those in runners, or add a runner\n%s", b.language, b.text)
				}
				run(t, on, b)
			})
		}
	}
	for language := range runners {
		if !seen[language] {
			t.Errorf("no page has a block in %s: delete its runner", language)
		}
	}
}
