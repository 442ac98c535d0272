// SPDX-License-Identifier: Apache-2.0

//go:build conformance && switching

package conformance

import (
	"fmt"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/caddyrefresh/caddyrefresh/internal/freeport"
)

// compare has the edge pass everything to the project, then reloads it with the site,
// and compares it with the project; where tokens are spent, with the project on another
// database, so that a token that one spends is not spent for the other.
func (p *importedProject) compare(t *testing.T, address, addr, backend, site string) {
	django := backend
	p.serve(t, 0, backend)
	if p.profile.Remembers {
		var err error
		if django, err = freeport.Addr(); err != nil {
			t.Fatal(err)
		}
		p.serve(t, 1, django)
	}
	options := "{\n\tadmin unix/" + filepath.Join(p.dir, "admin.sock") + "\n\tdefault_bind 127.0.0.1\n\tpersist_config off\n}\n"
	caddyfile := p.write(t, "Caddyfile", options+fmt.Sprintf("%s {\n\treverse_proxy %s\n}\n", address, backend))
	cmd := exec.Command(edgeBinary(t), "run", "--config", caddyfile)
	cmd.Env = append(p.environ(0), "XDG_CONFIG_HOME="+p.dir, "XDG_DATA_HOME="+p.dir)
	edge, err := Start(cmd, addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stopEdge(t, edge) })
	p.answers(t, addr, "Django", 1000)
	p.write(t, "Caddyfile", options+"import token_refresh.caddyfile\n")
	if said, err := p.shell(t, "caddyrefresh reload --config Caddyfile"); err != nil {
		t.Fatalf("the edge does not load the site: %v\n%s", err, said)
	}
	p.answers(t, addr, "the edge", 2000)
	if p.cookie != "" {
		p.askWithCookies(t, addr, django)
		if p.cookieAt == "" {
			return
		}
	}
	p.ask(t, addr, django, strings.Contains(site, "\trefusals backend "))
}

// serve starts the project on one of its databases.
func (p *importedProject) serve(t *testing.T, database int, listen string) {
	t.Helper()
	p.python(t, database, filepath.Join(Dir(), "importproject", "prepare.py"))
	cmd := exec.Command(p.interpreter(t), "-m", "gunicorn", "--bind", listen, "--workers", "1", "--graceful-timeout", "1", "--no-control-socket",
		"--limit-request-field_size", "16384", "--permit-unconventional-http-method", "django.core.wsgi:get_wsgi_application()")
	cmd.Dir, cmd.Env = p.dir, p.environ(database)
	server, err := Start(cmd, listen)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, server) })
	// Django loads its URLs at the first request, and is slow then.
	if _, _, err := Send(listen, JSON(p.paths()[0], "{}").Bytes()); err != nil {
		t.Fatal(err)
	}
}

// answers wants a good request to each of the project's refresh paths to be answered by
// Django, or by the edge. The tokens have jtis from first on, since each works once. A
// store that misses its timeout on a busy machine is asked again, with another token.
func (p *importedProject) answers(t *testing.T, addr, want string, first int) {
	t.Helper()
	profile := p.filled()
	m := &maker{rel: p.rel(), p: profile, now: now()}
	end := time.Now().Add(patience)
	for i, paths := 0, p.paths(); i < len(paths); first++ {
		path := paths[i]
		claims := m.claims().With(profile.JTI, fmt.Sprintf(`"%032x"`, first))
		body := `{"refresh":"` + m.sign(claims) + `"}`
		if p.sliding {
			body = `{"token":"` + m.sign(claims.With(profile.Type, `"sliding"`).With("until", m.at(9000))) + `"}`
		}
		answer, header, err := send(addr, JSON(path, body).Bytes())
		if err != nil {
			t.Fatal(err)
		}
		if answer.Status == http.StatusServiceUnavailable && time.Now().Before(end) {
			continue
		}
		i++
		who := "the edge"
		if header.Get("Via") != "" {
			who = "Django"
		}
		if who != want || answer.Status != http.StatusOK {
			t.Fatalf("%s answers %d to POST %s: %s\nwant %s to answer 200", who, answer.Status, path, answer.Body, want)
		}
	}
}
