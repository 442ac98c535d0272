// SPDX-License-Identifier: Apache-2.0

package caddyrefresh

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"

	_ "github.com/caddyrefresh/caddyrefresh/store/djangostore"
	_ "github.com/caddyrefresh/caddyrefresh/store/redisstore"
)

// TestDocumentedCaddyfiles takes each Caddyfile that a reader may copy, from the
// README, the docs and the example, formats and validates it.
func TestDocumentedCaddyfiles(t *testing.T) {
	secrets := t.TempDir() + "/"
	keys := testKeys(t)
	for file, key := range map[string]string{
		"django": testKey, "key.pem": keys["TEST_P256"], "new.pem": keys["TEST_OTHER_P256"],
	} {
		if err := os.WriteFile(secrets+file, []byte(key), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("DJANGO_SECRET_KEY", testKey)
	t.Setenv("OLD_DJANGO_SECRET_KEY", testKey)
	t.Setenv("REDIS_PASSWORD", "secret")
	t.Setenv("DATABASE_URL", "postgres://edge:secret@127.0.0.1:1/django")
	t.Setenv("XDG_DATA_HOME", t.TempDir())
	snippets := 0
	for _, file := range documents(t) {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for i, snippet := range caddyfiles(file, string(data)) {
			snippets++
			if formatted := string(caddyfile.Format([]byte(snippet))); formatted != snippet {
				t.Errorf("%s, snippet %d is not formatted; caddy fmt makes it\n%s", file, i+1, formatted)
			}
			adapted, err := adapt(strings.ReplaceAll(snippet, "/run/secrets/", secrets))
			if err == nil {
				err = validate(adapted)
			}
			if err != nil {
				t.Errorf("%s, snippet %d: %v\n%s", file, i+1, err, snippet)
			}
		}
	}
	if snippets < 4 {
		t.Errorf("found %d snippets", snippets)
	}
}

func documents(t *testing.T) []string {
	t.Helper()
	docs, err := filepath.Glob("docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	return append(docs, "README.md", "Caddyfile.example")
}

// caddyfiles returns the snippets fenced as caddyfile, or the whole of a file
// that is one.
func caddyfiles(file, text string) []string {
	if !strings.HasSuffix(file, ".md") {
		return []string{text}
	}
	var snippets []string
	for _, part := range strings.Split(text, "```caddyfile\n")[1:] {
		snippet, _, _ := strings.Cut(part, "```")
		snippets = append(snippets, snippet)
	}
	return snippets
}
