// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package browser

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/caddyrefresh/caddyrefresh/internal/conformance"
	"github.com/caddyrefresh/caddyrefresh/internal/freeport"
)

// signingKey is what Django and the edge sign with.
const signingKey = "the-key-of-the-browser-tests-which-guards-nothing"

// The users, and the password of both.
const (
	ann      = "ann"     // who uses the pages
	mallory  = "mallory" // who owns the hostile ones
	password = "correct-horse-battery-staple"
)

// startDjango serves the project of internal/djangotest, which has the blacklist app, on
// a database of its own in the file.
func startDjango(ctx context.Context, database string) (*conformance.Server, error) {
	python, err := conformance.Environment(ctx, conformance.Newest())
	if err != nil {
		return nil, err
	}
	here, err := os.Getwd()
	if err != nil {
		return nil, err
	}
	project := filepath.Join(conformance.Dir(), "..", "djangotest", "project")
	options, err := json.Marshal(map[string]any{
		"database": map[string]any{"ENGINE": "django.db.backends.sqlite3", "NAME": database, "OPTIONS": map[string]any{"timeout": 20}},
		"key":      "integer", "time_zone": "",
		"simple_jwt": map[string]any{
			"SIGNING_KEY": signingKey, "ROTATE_REFRESH_TOKENS": true, "BLACKLIST_AFTER_ROTATION": true,
			"ACCESS_TOKEN_LIFETIME": 300, "REFRESH_TOKEN_LIFETIME": 86400,
		},
	})
	if err != nil {
		return nil, err
	}
	command := func(args ...string) *exec.Cmd {
		cmd := exec.CommandContext(ctx, python, args...)
		cmd.Dir = project
		cmd.Env = append(os.Environ(), "DJANGOTEST_OPTIONS="+string(options), "DJANGO_SETTINGS_MODULE=browser_settings",
			"PYTHONDONTWRITEBYTECODE=1", "PYTHONPATH="+filepath.Join(here, "project")+string(os.PathListSeparator)+project)
		return cmd
	}
	users := fmt.Sprintf("from django.contrib.auth.models import User\nfor name in [%q, %q]:\n    User.objects.create_user(name, password=%q)", ann, mallory, password)
	for _, args := range [][]string{{"migrate", "--run-syncdb", "-v", "0"}, {"run", users}} {
		if out, err := command(append([]string{"manage.py"}, args...)...).CombinedOutput(); err != nil {
			return nil, fmt.Errorf("manage.py %s: %w\n%s", args[0], err, out)
		}
	}
	addr, err := freeport.Addr()
	if err != nil {
		return nil, err
	}
	return conformance.Start(command("-m", "gunicorn", "--threads", "8", "-b", addr, "--log-level", "error", "--no-control-socket", "wsgi"), addr)
}

// tokensOf logs a user in, not by a browser, and returns the tokens of the answer.
func tokensOf(t *testing.T, name string) (tokens struct{ Refresh, Access string }) {
	t.Helper()
	res, err := http.PostForm("http://"+shared.django+"/api/token/", url.Values{"username": {name}, "password": {password}})
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if err := json.NewDecoder(res.Body).Decode(&tokens); err != nil || tokens.Refresh == "" {
		t.Fatalf("%s, %v", res.Status, err)
	}
	return tokens
}
