// SPDX-License-Identifier: Apache-2.0

package snippets

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// all returns the submatches of a pattern in texts, sorted, each once.
func all(pattern string, texts ...string) []string {
	found := []string{}
	for _, text := range texts {
		for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(text, -1) {
			found = append(found, m[1])
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// spans returns the code in the sentences of all pages but the changelog, which
// tells of what was there once.
func spans(t *testing.T) (all []string) {
	t.Helper()
	for _, p := range pages(t) {
		if p.name != "CHANGELOG.md" {
			all = append(all, p.spans...)
		}
	}
	return all
}

// TestMetrics: the pages name each metric, with its labels where they show any, and
// none that is not there.
func TestMetrics(t *testing.T) {
	code, named := metrics(t), map[string]bool{}
	for _, span := range spans(t) {
		m := regexp.MustCompile(`^(caddy_token_refresh_[a-z_]+)(?:\{([a-z,]+)\})?$`).FindStringSubmatch(span)
		if m == nil {
			if strings.HasPrefix(span, "caddy_token_refresh") {
				t.Errorf("`%s` is no metric with its labels", span)
			}
			continue
		}
		labels, found := code[m[1]]
		if named[m[1]] = true; !found {
			t.Errorf("there is no metric %s", m[1])
		} else if m[2] != "" && m[2] != labels {
			t.Errorf("%s has the labels %s, want %s", m[1], m[2], labels)
		}
	}
	for name := range code {
		if !named[name] {
			t.Errorf("no page names %s", name)
		}
	}
	if len(code) < 9 {
		t.Errorf("%d metrics are found in the code: %v", len(code), code)
	}
}

// metrics returns the metrics that the code makes, and the labels of each.
func metrics(t *testing.T) map[string]string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(root, "internal/*/metrics.go"))
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		// A metric is made by a call with its name, or options that have the three
		// parts of it, and a list of labels.
		ast.Inspect(parsed, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			var name []string
			var labels []string
			for _, arg := range call.Args {
				switch arg := arg.(type) {
				case *ast.BasicLit:
					name = append(name, texts(arg)[0])
				case *ast.CompositeLit:
					if _, list := arg.Type.(*ast.ArrayType); list {
						labels = texts(arg)
					} else {
						name = texts(arg)
					}
				}
			}
			full := strings.Join(name[:min(len(name), 3)], "_")
			if len(name) > 0 && strings.HasPrefix(name[0], "caddy_") {
				full = name[0]
			}
			if strings.HasPrefix(full, "caddy_token_refresh_") {
				found[full] = strings.Join(labels, ",")
			}
			return true
		})
	}
	return found
}

// texts returns the string literals below a node.
func texts(n ast.Node) (all []string) {
	ast.Inspect(n, func(n ast.Node) bool {
		if literal, ok := n.(*ast.BasicLit); ok && literal.Kind == token.STRING {
			if text, err := strconv.Unquote(literal.Value); err == nil {
				all = append(all, text)
			}
		}
		return true
	})
	return all
}

// TestLogFields: the placeholders, the fields of the access log and the outcomes that
// pages name are those of a request's record.
func TestLogFields(t *testing.T) {
	record, named := read(t, "internal/site/record.go"), spans(t)
	if diff := cmp.Diff(all(`case "(http\.token_refresh\.\w+)"`, record), all(`^\{(http\.token_refresh\.\w+)\}$`, named...)); diff != "" {
		t.Errorf("placeholders: -code +pages\n%s", diff)
	}
	fields := all(`enc\.AddString\("(\w+)"`, record)
	for _, field := range all(`^token_refresh>(\w+)$`, named...) {
		if !slices.Contains(fields, field) {
			t.Errorf("the access log has no field %s", field)
		}
	}
	outcomes := all(`\{"(\w+)", zapcore`, record)
	for _, p := range pages(t) {
		for _, list := range regexp.MustCompile("(?s)The outcomes are (`.*?)\\.(?:\\s|$)").FindAllStringSubmatch(read(t, p.name), -1) {
			if diff := cmp.Diff(outcomes, all("`(\\w+)`", list[1])); diff != "" {
				t.Errorf("%s: outcomes: -code +page\n%s", p.name, diff)
			}
		}
	}
}

// TestNamesAreInTheCode: a name of ours that pages have stands in the code.
func TestNamesAreInTheCode(t *testing.T) {
	t.Setenv("SNIPPETS_ROOT", root)
	for _, name := range all(`^((?:token_refresh_|http\.token_refresh|http\.handlers\.token)\w*)$`, spans(t)...) {
		if found, err := inSources(regexp.QuoteMeta(name)); err != nil || !found {
			t.Errorf("nothing in the code is called %s: %v", name, err)
		}
	}
}

// TestAdminAPI sends the requests to the admin API that pages name, and each body
// that is named behind one that revokes.
func TestAdminAPI(t *testing.T) {
	on := newBench(t)
	tried := 0
	for _, p := range pages(t) {
		target := ""
		for _, span := range p.spans {
			method, path, _ := strings.Cut(span, " ")
			switch {
			case strings.HasPrefix(path, "/token_refresh/"):
				target = path
				// Nothing good is asked, but the handler itself has to say so.
				status, answer := on.edge.TryAdmin(method, path, "{}")
				if status == 405 || status != 200 && !strings.Contains(answer, `{"error":`) {
					t.Errorf("%s: %s %s: %d %s", p.name, method, path, status, answer)
				}
				tried++
			case target == "/token_refresh/revoke" && strings.HasPrefix(span, `{"name"`):
				if status, answer := on.edge.TryAdmin("POST", target, span); status != 200 {
					t.Errorf("%s: POST %s %s: %d %s", p.name, target, span, status, answer)
				}
				tried++
			}
		}
	}
	if tried < 5 {
		t.Errorf("%d requests are tried, want at least 5", tried)
	}
}
