// SPDX-License-Identifier: Apache-2.0

package snippets

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

// A line of a flowchart, in the part of Mermaid's grammar that the pages use: nodes
// of which each may have a shape with a label, joined by arrows of which each may
// have a label.
var (
	mermaidNode  = `([a-z]+)(\["[^"\[\]]+"\]|\[[A-Za-z_ ]+\]|\(\[[^"()\[\]]+\]\)|\[\("[^"]+"\)\]|\{"[^"]+"\})?`
	mermaidArrow = `<?-->(?:\|(?:"[^"]+"|[^"|,()\[\]]+)\|)?`
	mermaidNodes = mermaidNode + `(?: & ` + mermaidNode + `)*`
	mermaidLine  = regexp.MustCompile(`^` + mermaidNodes + `(?: ` + mermaidArrow + ` ` + mermaidNodes + `)*$`)
	mermaidGroup = regexp.MustCompile(`^subgraph ([a-z]+)\[("[^"]+"|[A-Za-z ]+)\]$`)
	aNode        = regexp.MustCompile(`^` + mermaidNode)
	anArrow      = regexp.MustCompile(mermaidArrow)
)

// runMermaid reads a flowchart, as far as the pages use the language: no line may be
// outside the grammar, each group ends, and each node that an arrow joins is shown
// somewhere with a label or is one that needs none. In the picture of the packages
// an arrow from one to another has to be an import that docs/architecture.md lists.
func runMermaid(t *testing.T, _ *bench, b block) {
	lines := strings.Split(strings.TrimSpace(b.text), "\n")
	if lines[0] != "flowchart LR" && lines[0] != "flowchart TD" {
		t.Errorf("it begins with %q", lines[0])
	}
	labels, depth := map[string]string{}, 0
	var arrows [][2]string
	for _, line := range lines[1:] {
		line = strings.TrimSpace(line)
		switch group := mermaidGroup.FindStringSubmatch(line); {
		case group != nil:
			depth++
			labels[group[1]] = group[2]
		case line == "end":
			depth--
		case !mermaidLine.MatchString(line):
			t.Errorf("no line of a flowchart: %s", line)
		default:
			arrows = append(arrows, mermaidArrows(line, labels)...)
		}
		if depth < 0 {
			t.Fatal("an end too many")
		}
	}
	if depth != 0 {
		t.Error("a subgraph has no end")
	}
	joined := map[string]bool{}
	for _, arrow := range arrows {
		joined[arrow[0]], joined[arrow[1]] = true, true
	}
	for name := range joined {
		if labels[name] == "" {
			t.Errorf("the node %s has no label", name)
		}
	}
	if b.page == "docs/architecture.md" {
		checkImports(t, arrows, labels)
	}
}

// mermaidArrows returns the arrows of a line and notes the labels of its nodes.
func mermaidArrows(line string, labels map[string]string) (arrows [][2]string) {
	var before []string
	for _, side := range anArrow.Split(line, -1) {
		var nodes []string
		for node := range strings.SplitSeq(side, " & ") {
			m := aNode.FindStringSubmatch(strings.TrimSpace(node))
			nodes = append(nodes, m[1])
			if m[2] != "" {
				labels[m[1]] = strings.Trim(m[2], `[](){}"`)
			}
		}
		for _, from := range before {
			for _, to := range nodes {
				arrows = append(arrows, [2]string{from, to})
			}
		}
		before = nodes
	}
	return arrows
}

// checkImports wants the arrows between packages in the table of imports.
func checkImports(t *testing.T, arrows [][2]string, labels map[string]string) {
	t.Helper()
	imports := map[string][]string{}
	for _, row := range regexp.MustCompile("(?m)^\\| `([^`]+)` \\|(.*)\\|$").FindAllStringSubmatch(read(t, "docs/architecture.md"), -1) {
		imports[row[1]] = strings.Fields(strings.ReplaceAll(row[2], "`", ""))
	}
	checked := 0
	for _, arrow := range arrows {
		// A label begins with the package, or with several that are alike.
		from, _, _ := strings.Cut(labels[arrow[0]], "<br>")
		to, _, _ := strings.Cut(labels[arrow[1]], "<br>")
		from, _, _ = strings.Cut(from, ",")
		if from != "/" {
			from = strings.TrimSuffix(from, "/")
		}
		if !slices.Contains(imports[from], to) {
			t.Errorf("%s --> %s is no import in the page's table", from, to)
		}
		checked++
	}
	if checked < 20 {
		t.Errorf("%d arrows, want at least 20", checked)
	}
}
