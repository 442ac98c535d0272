// SPDX-License-Identifier: Apache-2.0

package importing

import (
	"fmt"
	"strings"
	"unicode"
)

// Report is what a person has to know of a verdict.
type Report struct {
	Carries []string // what the edge does as the project
	Better  []string // what it can do beyond that
	Differs []string // what a client may notice
	ToDo    []string // what has to be done before the site is loaded
	Apart   []string // endpoints that Django goes on answering
	Stays   []string // why the refresh endpoint has to stay with Django
}

func (r *Report) carries(text string, args ...any) { r.Carries = note(r.Carries, text, args...) }
func (r *Report) better(text string, args ...any)  { r.Better = note(r.Better, text, args...) }
func (r *Report) differs(text string, args ...any) { r.Differs = note(r.Differs, text, args...) }
func (r *Report) toDo(text string, args ...any)    { r.ToDo = note(r.ToDo, text, args...) }
func (r *Report) apart(text string, args ...any)   { r.Apart = note(r.Apart, text, args...) }
func (r *Report) stays(text string, args ...any)   { r.Stays = note(r.Stays, text, args...) }

// note adds a sentence. What a project calls its classes and paths goes to a
// terminal, so control characters are not printed.
func note(to []string, text string, args ...any) []string {
	return append(to, strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return '\uFFFD'
		}
		return r
	}, fmt.Sprintf(text, args...)))
}

// String returns the report as a person reads it. Where the endpoint has to stay
// with Django there is no site, and nothing else to say.
func (r *Report) String() string {
	var b strings.Builder
	if len(r.Stays) > 0 {
		r = &Report{Stays: r.Stays}
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
	} {
		if len(part.lines) == 0 {
			continue
		}
		fmt.Fprintf(&b, "%s:\n", part.title)
		for _, line := range part.lines {
			fmt.Fprintf(&b, "  - %s\n", line)
		}
	}
	return b.String()
}
