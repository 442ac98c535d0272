// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package djangotest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/caddyrefresh/caddyrefresh/internal/conformance"
)

// Project is a Django project on a database.
type Project struct {
	// Release is the name of a set of libraries: "5.3" has those of its time.
	Release string

	// Database is what it runs on.
	Database *Database

	// Key is the kind of user key: integer, bigint, uuid or text.
	Key string

	// TimeZone is TIME_ZONE with USE_TZ off; empty is USE_TZ on.
	TimeZone string

	// SimpleJWT is SIMPLE_JWT; lifetimes are in seconds.
	SimpleJWT map[string]any
}

// SecretKey is the project's SECRET_KEY, which signs its tokens.
const SecretKey = "djangotest-only-this-key-guards-nothing"

func here() string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Dir(file)
}

// python returns the interpreter of a set, with what it needs installed.
func python(t testing.TB, set string) string {
	t.Helper()
	interpreter, err := conformance.Environment(t.Context(), conformance.MustSet(set))
	if err != nil {
		t.Fatal(err)
	}
	return interpreter
}

func (p *Project) env(t testing.TB) []string {
	t.Helper()
	s := p.Database.Server
	database := map[string]any{
		"ENGINE": "django.db.backends." + map[string]string{"postgres": "postgresql", "mysql": "mysql", "sqlite": "sqlite3"}[s.Kind],
		"NAME":   p.Database.Name, "USER": Admin, "PASSWORD": AdminPassword, "HOST": "127.0.0.1", "PORT": fmt.Sprint(s.Port), "CONN_MAX_AGE": 60,
	}
	if s.Kind == "sqlite" {
		database = map[string]any{"ENGINE": database["ENGINE"], "NAME": filepath.Join(s.dir, p.Database.Name), "OPTIONS": map[string]any{"timeout": 20}}
	}
	settings := p.SimpleJWT
	if settings == nil {
		settings = map[string]any{}
	}
	key := p.Key
	if key == "" {
		key = "integer"
	}
	text, err := json.Marshal(map[string]any{"database": database, "key": key, "time_zone": p.TimeZone, "simple_jwt": settings})
	if err != nil {
		t.Fatal(err)
	}
	return []string{"DJANGOTEST_OPTIONS=" + string(text), "PYTHONDONTWRITEBYTECODE=1", "PYTHONPATH=" + filepath.Join(here(), "project")}
}

// Manage runs manage.py and returns what it prints.
func (p *Project) Manage(t testing.TB, args ...string) string {
	t.Helper()
	cmd := exec.Command(python(t, p.Release), append([]string{"manage.py"}, args...)...)
	cmd.Dir = filepath.Join(here(), "project")
	cmd.Env = append(os.Environ(), p.env(t)...)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("manage.py %s: %v\n%s%s", args[0], err, out, stderr.String())
	}
	return string(out)
}

// Migrate makes Django's tables.
func (p *Project) Migrate(t testing.TB) {
	t.Helper()
	p.Manage(t, "migrate", "--run-syncdb", "-v", "0")
}

// Python runs a few lines in the project and returns what they print.
func (p *Project) Python(t testing.TB, code string) string {
	t.Helper()
	return strings.TrimSpace(p.Manage(t, "run", code))
}

// Serve serves the project with gunicorn, which takes more of its own arguments, and
// returns where.
func (p *Project) Serve(t testing.TB, workers int, more ...string) string {
	t.Helper()
	address := fmt.Sprintf("127.0.0.1:%d", freePort(t))
	log := filepath.Join(t.TempDir(), "gunicorn.log")
	args := append([]string{
		"-m", "gunicorn", "--chdir", filepath.Join(here(), "project"), "-w", fmt.Sprint(workers), "-b", address, "--log-level", "error", "wsgi",
	}, more...)
	proc := start(t, log, python(t, p.Release), nil, p.env(t), args...)
	await(t, proc, log, func() error {
		c, err := net.Dial("tcp", address)
		if err == nil {
			_ = c.Close()
		}
		return err
	})
	t.Cleanup(func() {
		if text, err := os.ReadFile(log); err == nil && t.Failed() {
			t.Logf("gunicorn: %s", text)
		}
	})
	return "http://" + address
}

// Sign signs a payload as the project's backend does.
func Sign(payload string) string {
	encode := base64.RawURLEncoding.EncodeToString
	signed := encode([]byte(`{"alg":"HS256","typ":"JWT"}`)) + "." + encode([]byte(payload))
	mac := hmac.New(sha256.New, []byte(SecretKey))
	mac.Write([]byte(signed))
	return signed + "." + encode(mac.Sum(nil))
}
