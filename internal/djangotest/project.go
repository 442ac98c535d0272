// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package djangotest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
)

// Project is a Django project on a database.
type Project struct {
	// Release is "5.3", say: the packages of internal/conformance/requirements-5.3.txt.
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

var installing sync.Mutex

func here() string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Dir(file)
}

// python returns the interpreter of a release, with what it needs installed. The
// first call takes the network and a minute.
func python(t testing.TB, release string) string {
	t.Helper()
	installing.Lock()
	defer installing.Unlock()
	files := []string{filepath.Join(here(), "../conformance/requirements-"+release+".txt"), filepath.Join(here(), "requirements.txt")}
	var all []byte
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, text...)
	}
	sum := sha256.Sum256(all)
	venv := filepath.Join(here(), ".venv-"+release)
	stamp, interpreter := filepath.Join(venv, "stamp"), filepath.Join(venv, "bin", "python")
	if text, err := os.ReadFile(stamp); err == nil && string(text) == hex.EncodeToString(sum[:]) {
		return interpreter
	}
	if err := os.RemoveAll(venv); err != nil {
		t.Fatal(err)
	}
	(*account)(nil).run(t, here(), "python3", "-m", "venv", venv)
	(*account)(nil).run(t, here(), interpreter, "-m", "pip", "install", "-q", "--disable-pip-version-check", "-r", files[0], "-r", files[1])
	if err := os.WriteFile(stamp, []byte(hex.EncodeToString(sum[:])), 0o644); err != nil {
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
