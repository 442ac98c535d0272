// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package packaging

import (
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"
)

// secrets are what the page of the example has its reader make.
var secrets = []string{"DJANGO_SECRET_KEY=" + demoKey, "REDIS_PASSWORD=of-redis", "POSTGRES_PASSWORD=of-postgres"}

// readCompose reads examples/compose.yaml as docker compose does, by the same library.
func readCompose(t *testing.T, env []string) (*types.Project, error) {
	t.Helper()
	options, err := cli.NewProjectOptions([]string{"../examples/compose.yaml"}, cli.WithEnv(env), cli.WithResolvedPaths(true))
	if err != nil {
		t.Fatal(err)
	}
	return options.LoadProject(t.Context())
}

// TestComposeSecrets: without one of the secrets nothing starts.
func TestComposeSecrets(t *testing.T) {
	for i, secret := range secrets {
		name, _, _ := strings.Cut(secret, "=")
		rest := append(append([]string{}, secrets[:i]...), secrets[i+1:]...)
		if _, err := readCompose(t, rest); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("without %s: %v, want an error that names it", name, err)
		}
	}
}

// TestCompose starts each service of the example without Docker: the commands, variables
// and files are those of compose.yaml, and its host names are this machine. A user logs
// in at Django, refreshes at the edge, and the backend takes the new access token.
func TestCompose(t *testing.T) {
	project, err := readCompose(t, secrets)
	if err != nil {
		t.Fatal(err)
	}
	for _, service := range []string{"django", "postgres", "redis"} {
		if len(project.Services[service].Ports) > 0 {
			t.Errorf("%s publishes a port: clients could walk around the edge", service)
		}
	}
	postgres := project.Services["postgres"].Environment
	startPostgres(t, *postgres["POSTGRES_USER"], *postgres["POSTGRES_PASSWORD"], *postgres["POSTGRES_DB"])
	startRedis(t, project.Services["redis"].Command...)
	run(t, "sh", "-c", health(t, project.Services["postgres"]))
	startDjango(t, project.Services["django"])
	edge := startComposeEdge(t, project.Services["edge"])
	edge.await(t, func() error {
		got, err := send(http.MethodGet, "http://localhost:8080/ready", "")
		return errorUnless(got.status == 200, err, got)
	})

	got, err := send(http.MethodPost, "http://localhost:8080/api/token/", `{"username":"ada","password":"lovelace"}`)
	if err != nil || got.status != 200 {
		t.Fatalf("login: %v %v", got, err)
	}
	var login struct{ Refresh string }
	if err := json.Unmarshal([]byte(got.body), &login); err != nil {
		t.Fatal(err)
	}
	status, access, next := refresh(t, "http://localhost:8080", login.Refresh)
	if status != 200 || access == "" || next == "" || next == login.Refresh {
		t.Fatalf("refresh: %d, tokens %t %t, want 200, an access token and another refresh token", status, access != "", next != "")
	}
	for site, want := range map[string]int{"http://localhost:8080": 200, "http://django:8000": 200} {
		if got, err := send(http.MethodPost, site+"/api/token/verify/", `{"token":"`+access+`"}`); err != nil || got.status != want {
			t.Errorf("%s verifies the new access token with %v %v, want %d", site, got, err, want)
		}
	}
}

// health returns the health check of a service as a line of a shell.
func health(t *testing.T, service types.ServiceConfig) string {
	t.Helper()
	if test := service.HealthCheck.Test; len(test) > 1 && test[0] == "CMD" {
		return strings.Join(test[1:], " ")
	}
	t.Fatalf("the health check of %s is no command", service.Name)
	return ""
}

// startDjango starts the backend as examples/django/Dockerfile does, with a user.
func startDjango(t *testing.T, service types.ServiceConfig) {
	t.Helper()
	env := append(variables(service), "PYTHONDONTWRITEBYTECODE=1", "PATH="+venv(t)+":/usr/bin:/bin")
	in := func(script string) *exec.Cmd {
		cmd := exec.Command("sh", "-c", script)
		cmd.Dir, cmd.Env = service.Build.Context, env
		return cmd
	}
	text, err := os.ReadFile(filepath.Join(service.Build.Context, "Dockerfile"))
	if err != nil {
		t.Fatal(err)
	}
	_, line, found := strings.Cut(string(text), "\nCMD ")
	var command []string
	if err := json.Unmarshal([]byte(line), &command); !found || err != nil || len(command) != 3 || command[1] != "-c" {
		t.Fatalf("the Dockerfile's CMD is %q, want a line of a shell (%v)", line, err)
	}
	start(t, in(command[2])).await(t, listens("django:8000"))
	user := in(`python manage.py shell -v 0 -c "from django.contrib.auth.models import User; User.objects.create_user('ada', password='lovelace')"`)
	if out, err := user.CombinedOutput(); err != nil {
		t.Fatalf("making a user: %v\n%s", err, out)
	}
}

// startComposeEdge starts the image with the Caddyfile that the service mounts.
func startComposeEdge(t *testing.T, service types.ServiceConfig) *process {
	t.Helper()
	for _, volume := range service.Volumes {
		if volume.Target != configFile {
			continue
		}
		text, err := os.ReadFile(volume.Source)
		if err != nil {
			t.Fatal(err)
		}
		return unpack(t).start(t, string(text), variables(service)...)
	}
	t.Fatalf("the edge mounts no %s", configFile)
	return nil
}

func variables(service types.ServiceConfig) []string {
	var env []string
	for name, value := range service.Environment {
		env = append(env, name+"="+*value)
	}
	return env
}

// venv returns the programs of the Python environment that `make deployments` makes.
func venv(t *testing.T) string {
	t.Helper()
	bin, err := filepath.Abs(".venv/bin")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(bin, "gunicorn")); err != nil {
		t.Fatalf("%v: run `make deployments`, which makes it", err)
	}
	return bin
}
