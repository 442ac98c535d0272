// SPDX-License-Identifier: Apache-2.0

package snippets

import (
	"reflect"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"

	"github.com/caddyrefresh/caddyrefresh"
	"github.com/caddyrefresh/caddyrefresh/internal/edgetest"
)

// runCaddyfile wants a whole Caddyfile that is formatted and that Caddy would load.
func runCaddyfile(t *testing.T, on *bench, b block) {
	if formatted := string(caddyfile.Format([]byte(b.text))); formatted != b.text {
		t.Errorf("it is not formatted; caddy fmt makes it\n%s", formatted)
	}
	adapted, err := edgetest.Adapt(strings.NewReplacer("/run/secrets", on.secrets, "/etc/caddyrefresh/secrets", on.secrets).Replace(b.text))
	if err != nil {
		t.Fatalf("%v\n%s", err, b.text)
	}
	caddy.DefaultStorage.Path = t.TempDir() // a site called localhost makes a certificate authority there
	var config caddy.Config
	if err := caddy.StrictUnmarshalJSON(adapted, &config); err != nil {
		t.Fatal(err)
	}
	if err := caddy.Validate(&config); err != nil {
		t.Errorf("%v\n%s", err, b.text)
	}
}

// TestExample is runCaddyfile for the example that `make run` starts.
func TestExample(t *testing.T) {
	runCaddyfile(t, newBench(t), block{page: "Caddyfile.example", text: read(t, "Caddyfile.example")})
}

// TestSettingsInProse adapts the settings that pages name with a value in the middle
// of a sentence, such as `reuse_grace 10s`.
func TestSettingsInProse(t *testing.T) {
	settings := map[string]bool{}
	for _, field := range reflect.VisibleFields(reflect.TypeFor[caddyrefresh.Handler]()) {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		settings[name] = true
	}
	tried := 0
	for _, p := range pages(t) {
		for _, span := range p.spans {
			name, value, _ := strings.Cut(span, " ")
			if !settings[name] || value == "" || strings.ContainsAny(value, "<[") || strings.Contains(value, "...") {
				continue
			}
			tried++
			if name == "store" && !strings.Contains(value, " ") { // its kind alone is meant
				if _, err := caddy.GetModule("http.token_refresh.stores." + value); err != nil {
					t.Errorf("%s: `%s`: %v", p.name, span, err)
				}
				continue
			}
			if _, err := edgetest.Adapt(":8080 {\n\ttoken_refresh {\n\t\t" + span + "\n\t}\n}\n"); err != nil {
				t.Errorf("%s: `%s`: %v", p.name, span, err)
			}
		}
	}
	if tried < 20 {
		t.Errorf("%d settings are tried, want at least 20", tried)
	}
}
