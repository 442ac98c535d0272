// SPDX-License-Identifier: Apache-2.0

package snippets

import (
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"
)

// TestLinks follows each link from page to page, and to a heading of one.
func TestLinks(t *testing.T) {
	all := map[string][]string{} // the anchors of each page
	for _, p := range pages(t) {
		all[p.name] = anchors(p.headings)
	}
	for _, p := range pages(t) {
		for _, link := range p.links {
			file, anchor, _ := strings.Cut(link, "#")
			if strings.Contains(file, "://") {
				continue
			}
			target := p.name
			if file != "" {
				target = path.Join(path.Dir(p.name), file)
			}
			if _, err := os.Stat(filepath.Join(root, target)); err != nil {
				t.Errorf("%s links to %s, which is not there", p.name, link)
			} else if anchor != "" && !slices.Contains(all[target], anchor) {
				t.Errorf("%s links to %s, and %s has no such heading", p.name, link, target)
			}
		}
	}
}

// anchors returns what GitHub makes of headings.
func anchors(headings []string) (all []string) {
	for _, heading := range headings {
		all = append(all, strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case r == '-', r == '_', unicode.IsLetter(r), unicode.IsNumber(r):
				return unicode.ToLower(r)
			}
			return -1
		}, heading))
	}
	return all
}
