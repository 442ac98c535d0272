// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package usercheck

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	_ "github.com/caddyrefresh/caddyrefresh" // the directive
	"github.com/caddyrefresh/caddyrefresh/internal/conformance"
	"github.com/caddyrefresh/caddyrefresh/internal/edgetest"
	"github.com/caddyrefresh/caddyrefresh/internal/freeport"
)

const (
	key      = "a-key-of-more-than-thirty-two-bytes-for-tests"
	secret   = "the-secret-of-the-edge-and-the-view"
	jsonType = "application/json"
)

// project is examples/django on a database of its own.
type project struct {
	t      *testing.T
	dir    string
	python string
	env    []string
}

func newProject(t *testing.T) *project {
	t.Helper()
	set := conformance.Newest()
	python, err := conformance.Environment(t.Context(), set)
	if err != nil {
		t.Fatal(err)
	}
	url, err := conformance.Extra(t.Context(), set, "dj-database-url")
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(conformance.Dir(), "..", "..", "examples", "django")
	p := &project{t, dir, python, append(os.Environ(), "PYTHONDONTWRITEBYTECODE=1", "PYTHONPATH="+url,
		"DJANGO_SECRET_KEY="+key, "EDGE_SECRET="+secret, "DATABASE_URL=sqlite:///"+filepath.Join(t.TempDir(), "users.sqlite3"))}
	return p
}

func (p *project) command(args ...string) *exec.Cmd {
	cmd := exec.Command(p.python, args...)
	cmd.Dir, cmd.Env = p.dir, p.env
	return cmd
}

// prepare makes the tables and three users, and returns their refresh tokens. ann is
// active, bob was deactivated and cid deleted.
func (p *project) prepare() (tokens map[string]string) {
	p.t.Helper()
	out, err := p.command("manage.py", "shell", "-v", "0", "-c", `
import json
from django.contrib.auth.models import User
from django.core.management import call_command
from rest_framework_simplejwt.tokens import RefreshToken

call_command("migrate", verbosity=0)
users = [User.objects.create_user(name) for name in ("ann", "bob", "cid")]
print(json.dumps({user.username: str(RefreshToken.for_user(user)) for user in users}))
User.objects.filter(username="bob").update(is_active=False)
User.objects.filter(username="cid").delete()
`).Output()
	if err == nil {
		err = json.Unmarshal(out, &tokens)
	}
	if err != nil {
		if failed, ok := errors.AsType[*exec.ExitError](err); ok {
			p.t.Log(string(failed.Stderr))
		}
		p.t.Fatalf("preparing the users: %v\n%s", err, out)
	}
	return tokens
}

func (p *project) serve() *conformance.Server {
	p.t.Helper()
	addr, err := freeport.Addr()
	if err != nil {
		p.t.Fatal(err)
	}
	server, err := conformance.Start(p.command("-m", "gunicorn", "--bind", addr, "--no-control-socket", "project.wsgi"), addr)
	if err != nil {
		p.t.Fatal(err)
	}
	return server
}

// TestView: the edge judges users as Django does, by the view of the example. What is
// wrong with the request for it keeps everybody logged in, and the log says what it is.
func TestView(t *testing.T) {
	t.Setenv("EDGE_SECRET", secret)
	t.Setenv("WRONG_SECRET", "another-secret")
	p := newProject(t)
	tokens := p.prepare()
	django := p.serve()
	stopped := false
	stop := func() {
		if err := django.Stop(); err != nil && !stopped {
			t.Error(err)
		}
		stopped = true
	}
	t.Cleanup(stop)

	config := func(path, header string) string {
		return `
			http://127.0.0.1:{{port}} {
				token_refresh {
					simplejwt_version 5.5
					signing_key "` + key + `"
					renderers json
					rotate_refresh_tokens
					user_check http://` + django.Addr + path + ` {
						timeout 10s
						` + header + `
					}
				}
				reverse_proxy ` + django.Addr + ` {
					header_up Host localhost
				}
			}
		`
	}
	const right, both = "/internal/users/{user_id}", "header X-Edge-Secret {env.EDGE_SECRET}\nheader Host localhost"
	edge := edgetest.Start(t, config(right, both))
	refresh := func(name string) (int, string) {
		t.Helper()
		res, body := edge.Do("POST", "/api/token/refresh/", `{"refresh":"`+tokens[name]+`"}`, "Content-Type", jsonType)
		return res.StatusCode, body
	}
	for name, want := range map[string]int{"ann": 200, "bob": 401, "cid": 401} {
		status, body := refresh(name)
		for end := time.Now().Add(time.Minute); status == 503 && time.Now().Before(end); { // a busy machine
			status, body = refresh(name)
		}
		if status != want || want == 401 && body != `{"detail":"No active account found for the given token."}` {
			t.Errorf("%s: %d %s, want %d", name, status, body, want)
		}
	}
	// Django's own view says the same.
	_, edges := refresh("bob")
	edge.Reload(strings.Replace(config(right, both), "rotate_refresh_tokens", "rotate_refresh_tokens\nrollout 0%", 1))
	if status, body := refresh("bob"); status != 401 || body != edges {
		t.Errorf("Django answers %d %s, the edge %s", status, body, edges)
	}
	for name, tt := range map[string]struct{ path, header, log string }{
		"a wrong secret":         {right, strings.Replace(both, "EDGE_SECRET", "WRONG_SECRET", 1), "the backend answers 403: compare the secret"},
		"no secret":              {right, "header Host localhost", "the backend answers 403: compare the secret"},
		"a host that is unknown": {right, "header X-Edge-Secret {env.EDGE_SECRET}", "the backend answers 400: name the host of the URL in ALLOWED_HOSTS"},
		"a wrong path":           {"/users/{user_id}", both, "the backend answers 404: check the URL"},
		"a slash too many":       {right + "/", both, "the backend answers 404: check the URL"},
	} {
		edge.Reload(config(tt.path, tt.header))
		for _, user := range []string{"ann", "bob", "cid"} {
			before := len(edge.LogText())
			status, body := refresh(user)
			for end := time.Now().Add(time.Minute); status == 503 && !strings.Contains(edge.LogText()[before:], tt.log); {
				if time.Now().After(end) {
					t.Fatalf("%s, %s: the log does not say %s:\n%s", name, user, tt.log, edge.LogText()[before:])
				}
				status, body = refresh(user)
			}
			if status != 503 {
				t.Errorf("%s, %s: %d %s, want 503", name, user, status, body)
			}
		}
	}
	edge.Reload(config(right, both))
	stop()
	if status, body := refresh("ann"); status != 503 {
		t.Errorf("while Django is down: %d %s, want 503", status, body)
	}
	if strings.Contains(edge.LogText(), secret) {
		t.Error("the log shows the secret")
	}
}
