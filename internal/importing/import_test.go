// SPDX-License-Identifier: Apache-2.0

package importing_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	_ "github.com/caddyserver/caddy/v2/modules/standard"
	"github.com/google/go-cmp/cmp"

	_ "github.com/caddyrefresh/caddyrefresh"
	"github.com/caddyrefresh/caddyrefresh/internal/importing"
	_ "github.com/caddyrefresh/caddyrefresh/store/djangostore"
)

var update = flag.Bool("update", false, "write the goldens anew; read the diff then")

const dashes = "----------\n"

// TestRecordedProjects imports the facts that real projects gave (TestImport of
// internal/conformance records them with IMPORT_RECORD=1), and wants the site and the
// report of each to be its golden. A site is formatted, has the project's values, and
// validates.
func TestRecordedProjects(t *testing.T) {
	files, err := filepath.Glob("testdata/*.facts")
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 30 {
		t.Errorf("%d recorded projects, want at least 30", len(files))
	}
	app := t.TempDir()
	key := privateKey(t)
	if err := os.WriteFile(filepath.Join(app, "jwt.pem"), []byte(key), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("DJANGO_SECRET_KEY", strings.Repeat("a secret of the tests, ", 4))
	t.Setenv("JWT_PRIVATE", key)
	t.Setenv("DATABASE_URL", "postgres://u:p@127.0.0.1:1/n")
	t.Setenv("XDG_DATA_HOME", t.TempDir())
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".facts")
		t.Run(name, func(t *testing.T) {
			v := importing.Judge(readFacts(t, file), importing.Options{})
			compareGolden(t, "testdata/"+name+".golden", v.Site+dashes+v.String())
			if v.Site == "" {
				if len(v.Stays) == 0 {
					t.Error("there is neither a site nor a reason")
				}
				return
			}
			if formatted := string(caddyfile.Format([]byte(v.Site))); formatted != v.Site {
				t.Errorf("caddyrefresh fmt changes the site:\n%s", cmp.Diff(v.Site, formatted))
			}
			if err := v.ReadBack(); err != nil {
				t.Error(err)
			}
			validate(t, strings.ReplaceAll(v.Site, "/srv/app/jwt.pem", filepath.Join(app, "jwt.pem")))
		})
	}
}

func readFacts(t testing.TB, file string) *importing.Facts {
	t.Helper()
	text, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer text.Close()
	facts, err := importing.Read(text)
	if err != nil {
		t.Fatal(err)
	}
	return facts
}

func compareGolden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}

// validate does what `caddy validate` does.
func validate(t *testing.T, site string) {
	t.Helper()
	adapted, _, err := caddyconfig.GetAdapter("caddyfile").Adapt([]byte(site), nil)
	if err != nil {
		t.Fatal(err)
	}
	var config caddy.Config
	if err := caddy.StrictUnmarshalJSON(adapted, &config); err != nil {
		t.Fatal(err)
	}
	if err := caddy.Validate(&config); err != nil {
		t.Errorf("the site does not validate: %v", err)
	}
}

func privateKey(t *testing.T) string {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}
