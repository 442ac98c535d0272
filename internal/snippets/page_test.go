// SPDX-License-Identifier: Apache-2.0

package snippets

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/text"
)

// root is the folder of the module.
const root = "../.."

// page is a page of documentation.
type page struct {
	name     string // from root
	blocks   []block
	spans    []string // code within a sentence
	links    []string
	headings []string
}

// block is a code block.
type block struct {
	page, language, text string
	line                 int
}

// pages reads all pages of documentation.
func pages(t *testing.T) []page {
	t.Helper()
	var all []page
	for _, pattern := range []string{"*.md", "docs/*.md", "internal/conformance/*.md"} {
		files, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %d pages, %v", pattern, len(files), err)
		}
		for _, file := range files {
			name, err := filepath.Rel(root, file)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, parse(t, filepath.ToSlash(name), []byte(read(t, name))))
		}
	}
	return all
}

func parse(t *testing.T, name string, source []byte) page {
	t.Helper()
	p := page{name: name}
	document := goldmark.New(goldmark.WithExtensions(extension.Table)).Parser().Parse(text.NewReader(source))
	err := ast.Walk(document, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.FencedCodeBlock:
			p.blocks = append(p.blocks, newBlock(name, string(n.Language(source)), n, source))
		case *ast.CodeBlock:
			p.blocks = append(p.blocks, newBlock(name, "", n, source))
		case *ast.CodeSpan:
			// A line may end within a span, and a table's cell escapes its bars.
			span := strings.ReplaceAll(plain(n, source), "\n", " ")
			p.spans = append(p.spans, strings.ReplaceAll(span, `\|`, "|"))
		case *ast.Link:
			p.links = append(p.links, string(n.Destination))
		case *ast.Heading:
			p.headings = append(p.headings, plain(n, source))
		}
		return ast.WalkContinue, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func newBlock(name, language string, n ast.Node, source []byte) block {
	b := block{page: name, language: language, text: string(n.Lines().Value(source))}
	if n.Lines().Len() > 0 {
		b.line = strings.Count(string(source[:n.Lines().At(0).Start]), "\n") + 1
	}
	return b
}

// plain returns the text below a node.
func plain(n ast.Node, source []byte) string {
	if t, ok := n.(*ast.Text); ok {
		text := string(t.Segment.Value(source))
		if t.SoftLineBreak() {
			text += "\n"
		}
		return text
	}
	var all strings.Builder
	for child := n.FirstChild(); child != nil; child = child.NextSibling() {
		all.WriteString(plain(child, source))
	}
	return all.String()
}

// read returns the contents of a file that is named from root.
func read(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(root, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
