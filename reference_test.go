// SPDX-License-Identifier: Apache-2.0

package caddyrefresh

import (
	"encoding/json"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2"
	"github.com/google/go-cmp/cmp"

	"github.com/caddyrefresh/caddyrefresh/internal/cookie"
	"github.com/caddyrefresh/caddyrefresh/internal/djrestauth"
	"github.com/caddyrefresh/caddyrefresh/internal/usercheck"
)

var update = flag.Bool("update", false, "write docs/reference.md anew")

// TestReference makes the reference of the comments in the code: the grammar above
// UnmarshalCaddyfile, and what the fields of Handler are. `go test . -run
// TestReference -update` writes it after a change.
func TestReference(t *testing.T) {
	const path = "docs/reference.md"
	want := reference(t)
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("%s is not what the code says; write it anew with -update (-code +page)\n%s", path, diff)
	}
}

const referenceHead = `# Reference

Every subdirective of ` + "`token_refresh`" + `, with the same setting in JSON (` + "`http.handlers.token_refresh`" + `). A switch takes ` + "`on`, `off`" + `, or nothing for
` + "`on`" + `. A duration has a unit, such as ` + "`30s`, `5m`, `12h` or `1d`" + `. The stores have subdirectives of their own: [stores.md](stores.md).

This page is made of the comments in the code: ` + "`go test . -run TestReference -update`" + ` writes it.
`

// section is a part of the page that is made of one struct of settings.
type section struct {
	heading  string // "" where the grammar has headings of its own
	fields   string // the file with the struct
	settings reflect.Type
	grammar  string // the file with the function whose comment is the grammar
	function string
}

var sections = []section{
	{"", "module.go", reflect.TypeFor[Handler](), "caddyfile.go", "UnmarshalCaddyfile"},
	{"The block cookies", "internal/cookie/settings.go", reflect.TypeFor[cookie.Settings](), "internal/cookie/caddyfile.go", "Parse"},
	{"The block dj_rest_auth", "internal/djrestauth/settings.go", reflect.TypeFor[djrestauth.Settings](), "internal/djrestauth/caddyfile.go", "Parse"},
	{"The block user_check", "internal/usercheck/settings.go", reflect.TypeFor[usercheck.Settings](), "internal/usercheck/caddyfile.go", "Parse"},
}

const tableHead = "\n\n| Caddyfile | JSON | |\n|---|---|---|\n"

// reference returns the page.
func reference(t *testing.T) string {
	t.Helper()
	page := referenceHead
	for i := range sections {
		page += sections[i].page(t)
	}
	return page
}

func (s *section) page(t *testing.T) (page string) {
	t.Helper()
	comments, types := fieldComments(t, s.fields, s.settings.Name()), map[string]reflect.Type{}
	for _, field := range reflect.VisibleFields(s.settings) {
		if name, _, _ := strings.Cut(field.Tag.Get("json"), ","); name != "" {
			types[name] = field.Type
		}
	}
	if s.heading != "" {
		page = "\n## " + s.heading + tableHead
	}
	for line := range strings.SplitSeq(grammar(t, s.grammar, s.function), "\n") {
		line = strings.Join(strings.Fields(line), " ")
		if heading, ok := strings.CutPrefix(line, "# "); ok {
			heading, _, _ = strings.Cut(heading, ";")
			page += "\n## " + strings.ToUpper(heading[:1]) + heading[1:] + tableHead
			continue
		}
		name, _, _ := strings.Cut(line, " ")
		if types[name] == nil {
			continue
		}
		sample := fmt.Sprintf("%q: %s", name, jsonSample(t, s.settings, name, types[name]))
		page += fmt.Sprintf("| `%s` | `%s` | %s |\n", strings.ReplaceAll(strings.TrimSuffix(line, " {"), "|", `\|`), sample, comments[name])
		delete(types, name)
	}
	delete(types, "separate") // a word behind name
	delete(types, "url")      // the argument of user_check
	for name := range types {
		t.Errorf("the grammar in %s lacks %s", s.grammar, name)
	}
	return page
}

// grammar returns the block that the comment above a function shows.
func grammar(t *testing.T, path, function string) string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	for _, decl := range file.Decls {
		if f, ok := decl.(*ast.FuncDecl); ok && f.Name.Name == function {
			_, block, _ := strings.Cut(f.Doc.Text(), "{\n")
			return block
		}
	}
	t.Fatalf("there is no %s in %s", function, path)
	return ""
}

// fieldComments returns the comments of the fields of a struct, each in one line, by
// their names in JSON.
func fieldComments(t *testing.T, path, name string) map[string]string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	comments := map[string]string{}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.TypeSpec)
		if !ok || spec.Name.Name != name {
			return true
		}
		for _, field := range spec.Type.(*ast.StructType).Fields.List {
			if field.Tag == nil {
				continue
			}
			name, _, _ := strings.Cut(reflect.StructTag(strings.Trim(field.Tag.Value, "`")).Get("json"), ",")
			comments[name] = strings.Join(strings.Fields(field.Doc.Text()), " ")
		}
		return false
	})
	return comments
}

// jsonSample returns a value of the type, and holds it to the decoder.
func jsonSample(t *testing.T, settings reflect.Type, name string, of reflect.Type) string {
	t.Helper()
	sample := `"..."`
	switch {
	case name == "store":
		sample = `{"type": "file"}`
	case of == reflect.TypeFor[caddy.Duration]():
		sample = `"10s"`
	case of == reflect.TypeFor[[]PreviousKey]():
		sample = `[{"key": "{env.OLD_KEY}"}]`
	case of == reflect.TypeFor[[]cookie.Obtain]():
		sample = `[{"path": "/api/token", "refresh": "refresh", "access": "access"}]`
	case of.Kind() == reflect.Slice:
		sample = `["..."]`
	case of == reflect.TypeFor[*float64]():
		sample = "30"
	case of == reflect.TypeFor[*usercheck.Settings]():
		sample = `{"url": "https://host/users/{user_id}"}`
	case of.Kind() == reflect.Pointer && of.Elem().Kind() == reflect.Struct:
		sample = "{}"
	case of.Kind() == reflect.Bool, of.Kind() == reflect.Pointer:
		sample = "true"
	case of.Kind() == reflect.Map:
		sample = `{"X-Edge-Secret": "{env.EDGE_SECRET}"}`
	case of.Kind() == reflect.Int:
		sample = "64"
	case of.Kind() == reflect.Int64:
		sample = "65536"
	}
	if err := json.Unmarshal([]byte(fmt.Sprintf("{%q: %s}", name, sample)), reflect.New(settings).Interface()); err != nil {
		t.Errorf("the sample of %s: %v", name, err)
	}
	return sample
}
