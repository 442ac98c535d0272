// SPDX-License-Identifier: Apache-2.0

//go:build conformance && switching

package conformance

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// hush is a part of every secret that the projects have.
const hush = "hush"

// managePy is what startproject writes, in short.
const managePy = `import os
import sys

from django.core.management import execute_from_command_line

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")
execute_from_command_line(sys.argv)
`

// importedProject is a Django project that is made in a test.
type importedProject struct {
	name string
	set  string // a contemporary one; "" is the newest

	settings, urls, views string // Python; the first two come behind what all have
	env                   map[string]string
	prepare               func(*testing.T, *importedProject)

	refresh []string // paths that the edge has to answer; nil is RefreshPath
	verify  string   // "" where the edge does not verify
	profile Profile
	sliding bool // its tokens are sliding ones

	djRestAuth string // the release beside it; "" is that of requirements-import.txt
	cookie     string // JWT_AUTH_REFRESH_COOKIE, where the edge answers for dj-rest-auth
	cookieAt   string // its path, where it is not the only one
	origin     string // of CORS_ALLOWED_ORIGINS, where the site has trusted_origins

	stays []string // reasons, where the edge cannot answer
	says  []string // what the site or the report has to hold

	dir, secret, facts, extras string

	databases [2]string // of the project behind the edge, and of the one it is compared with
	urlOf     []string  // DATABASE_URL of the two
}

func (p *importedProject) rel() *Set {
	if p.set == "" {
		return Newest()
	}
	return MustSet(p.set)
}

// filled is the project's profile with its keys.
func (p *importedProject) filled() Profile {
	profile := p.profile
	profile.Name = p.name
	profile.SimpleJWT = maps.Clone(profile.SimpleJWT)
	profile.fill()
	if profile.Public == "" {
		profile.Key, profile.OtherKey = p.secret, p.secret+"x"
	}
	return profile
}

// paths are those that the edge has to answer.
func (p *importedProject) paths() []string {
	if len(p.refresh) == 0 {
		return []string{RefreshPath}
	}
	return p.refresh
}

// read returns a file of the project.
func (p *importedProject) read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(p.dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// make writes the project's files.
func (p *importedProject) make(t *testing.T) {
	t.Helper()
	p.dir = t.TempDir()
	p.secret = hush + ": sixty-four bytes and more, so that it serves HS512 as well as HS256"
	urls := p.urls
	for file, text := range map[string]string{"settings.py": "from base import *\n" + p.settings, "urls.py": "from base_urls import *\n" + urls, "views.py": p.views, "manage.py": managePy} {
		if err := os.WriteFile(filepath.Join(p.dir, file), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	p.databases = [2]string{filepath.Join(p.dir, "edge.sqlite3"), filepath.Join(p.dir, "compared.sqlite3")}
	if p.prepare != nil {
		p.prepare(t, p)
	}
}

// environ is the environment of the project on one of its two databases.
func (p *importedProject) environ(database int) []string {
	env := []string{
		"PROJECT_SETTINGS=" + filepath.Join(p.dir, "settings.py"), "PROJECT_DATABASE=" + p.databases[database], "DJANGO_SETTINGS_MODULE=settings",
		"DJANGO_SECRET_KEY=" + p.secret, "PYTHONDONTWRITEBYTECODE=1", "PYTHONPATH=" + strings.Join([]string{p.dir, filepath.Join(Dir(), "importproject"), p.extras}, ":"),
	}
	for _, name := range slices.Sorted(maps.Keys(p.env)) {
		env = append(env, name+"="+p.env[name])
	}
	if p.urlOf != nil {
		env = append(env, "DATABASE_URL="+p.urlOf[database])
	}
	return append(os.Environ(), env...)
}

// interpreter returns the Python of the project, with what is installed beside it.
func (p *importedProject) interpreter(t *testing.T) string {
	t.Helper()
	python, err := Environment(t.Context(), p.rel())
	if err == nil {
		p.extras, err = importExtras(t.Context(), p.rel(), p.djRestAuth)
	}
	if err != nil {
		t.Fatal(err)
	}
	return python
}

func (p *importedProject) python(t *testing.T, database int, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), p.interpreter(t), args...)
	cmd.Dir, cmd.Env = p.dir, p.environ(database)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", args[0], err, stderr.String())
	}
	return string(out)
}

// write writes a file of the project, and returns its path.
func (p *importedProject) write(t *testing.T, name, text string) string {
	t.Helper()
	file := filepath.Join(p.dir, name)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(fmt.Errorf("writing %s: %w", name, err))
	}
	return file
}
