// SPDX-License-Identifier: Apache-2.0

package importing

import (
	"fmt"
	"strings"
	"unicode"
)

// Report is what an operator has to know about a verdict.
type Report struct {
	Carries []string // what the edge does as the project does
	Better  []string // what it can do beyond that
	Differs []string // what a client may notice
	ToDo    []string // what has to be done before the site is loaded
	Apart   []string // endpoints that Django goes on answering
	Stays   []string // why the refresh endpoint has to stay with Django
	Instead []string // how the edge keeps tokens in cookies, where views of the project do

	// Lines are of the Caddyfile that Instead names.
	Lines []string
}

func (r *Report) carries(text string, args ...any) { r.Carries = note(r.Carries, text, args...) }
func (r *Report) better(text string, args ...any)  { r.Better = note(r.Better, text, args...) }
func (r *Report) differs(text string, args ...any) { r.Differs = note(r.Differs, text, args...) }
func (r *Report) toDo(text string, args ...any)    { r.ToDo = note(r.ToDo, text, args...) }
func (r *Report) apart(text string, args ...any)   { r.Apart = note(r.Apart, text, args...) }
func (r *Report) replaced(text string, args ...any) {
	r.Instead = note(r.Instead, text, args...)
}
func (r *Report) stays(text string, args ...any) { r.Stays = note(r.Stays, text, args...) }

// note adds a sentence. It replaces control characters, since names of the project's
// classes and paths go to a terminal.
func note(to []string, text string, args ...any) []string {
	return append(to, strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return '\uFFFD'
		}
		return r
	}, fmt.Sprintf(text, args...)))
}

// String returns the report for people. If the endpoint has to stay with Django, it has
// the reasons and what stands against them, since there is no site.
func (r *Report) String() string {
	var b strings.Builder
	if len(r.Stays) > 0 {
		r = &Report{Stays: r.Stays, Instead: r.Instead, Lines: r.Lines}
	}
	for _, part := range []struct {
		title string
		lines []string
	}{
		{"must stay with Django", r.Stays},
		{"before the site is loaded", r.ToDo},
		{"carries over", r.Carries},
		{"what the edge can do beyond it", r.Better},
		{"differs", r.Differs},
		{"goes on at Django", r.Apart},
		{"cookies of the project's own code", r.Instead},
	} {
		if len(part.lines) == 0 {
			continue
		}
		fmt.Fprintf(&b, "%s:\n", part.title)
		for _, line := range part.lines {
			fmt.Fprintf(&b, "  - %s\n", line)
		}
	}
	for _, line := range r.Lines {
		fmt.Fprintf(&b, "      %s\n", line)
	}
	return b.String()
}
