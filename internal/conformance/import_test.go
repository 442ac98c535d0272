// SPDX-License-Identifier: Apache-2.0

//go:build conformance && switching

package conformance

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/caddyrefresh/caddyrefresh/internal/freeport"
)

// importRequests is how many random requests a project gets, beside the catalogue.
const importRequests = 150

// hush is a part of every secret that the projects have.
const hush = "hush"

// TestImport makes each project, asks it for its facts, and imports them. Where the
// edge can answer, the site runs as it was printed in front of the project, and is
// compared with it. Where it cannot, the report says why.
func TestImport(t *testing.T) {
	for _, p := range importedProjects() {
		t.Run(p.name, func(t *testing.T) {
			p.make(t)
			addr, err := freeport.Addr()
			if err != nil {
				t.Fatal(err)
			}
			backend, err := freeport.Addr()
			if err != nil {
				t.Fatal(err)
			}
			site, report, err := p.imported(t, "--address", strings.Replace("http://"+addr, "127.0.0.1", "edge.example", 1), "--backend", backend)
			for _, want := range p.says {
				if !strings.Contains(site+report, want) {
					t.Errorf("neither the site nor the report has %q", want)
				}
			}
			if len(p.stays) > 0 {
				p.wantsStay(t, site, report, err)
				return
			}
			if err != nil {
				t.Fatalf("%v\n%s", err, report)
			}
			p.compare(t, site, report, addr, backend)
		})
	}
}

// wantsStay wants the import to fail, with each reason and without a site.
func (p *importedProject) wantsStay(t *testing.T, site, report string, err error) {
	t.Helper()
	if _, exited := errors.AsType[*exec.ExitError](err); !exited || site != "" {
		t.Errorf("the import ends with %v and the site\n%s\nwant exit code 1 and no site", err, site)
	}
	stays, _, _ := strings.Cut(report, "carries over:")
	for _, want := range p.stays {
		if !strings.Contains(stays, want) {
			t.Errorf("the report does not say %q:\n%s", want, report)
		}
	}
}

// make writes the project's files.
func (p *importedProject) make(t *testing.T) {
	t.Helper()
	p.dir = t.TempDir()
	p.secret = hush + ": sixty-four bytes and more, so that it serves HS512 as well as HS256"
	urls := p.urls
	for file, text := range map[string]string{"settings.py": "from base import *\n" + p.settings, "urls.py": "from base_urls import *\n" + urls, "views.py": p.views} {
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
		p.extras, err = importExtras(t.Context(), p.rel())
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

// imported runs the two commands of the README, with nothing of the database made:
// the script connects to nothing.
func (p *importedProject) imported(t *testing.T, flags ...string) (site, report string, err error) {
	t.Helper()
	script, err := exec.CommandContext(t.Context(), edgeBinary(t), "token-refresh", "import", "--script").Output()
	if err != nil {
		t.Fatal(err)
	}
	p.facts = p.python(t, 0, "-m", "django", "shell", "-v", "0", "-c", string(script))
	if os.Getenv("IMPORT_RECORD") != "" {
		p.record(t)
	}
	cmd := exec.CommandContext(t.Context(), edgeBinary(t), append(append([]string{"token-refresh", "import"}, flags...), "-")...)
	cmd.Stdin = strings.NewReader(p.facts)
	var out, errs strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &errs
	err = cmd.Run()
	for name, text := range map[string]string{"the facts": p.facts, "the site": out.String(), "the report": errs.String()} {
		if strings.Contains(text, hush) || strings.Contains(text, "-----BEGIN") {
			t.Errorf("%s hold a secret:\n%s", name, text)
		}
	}
	return out.String(), errs.String(), err
}

// record writes the line of facts to the recordings of internal/importing, with a
// folder and a port that are always the same.
func (p *importedProject) record(t *testing.T) {
	t.Helper()
	_, line, found := strings.Cut(p.facts, "caddyrefresh-facts-begin ")
	if !found {
		t.Fatalf("the script printed no facts:\n%s", p.facts)
	}
	line = "caddyrefresh-facts-begin " + strings.ReplaceAll(line, p.dir, "/srv/app")
	line = regexp.MustCompile(`"port": "\d+"`).ReplaceAllString(line, `"port": "5432"`)
	if err := os.WriteFile(filepath.Join(Dir(), "..", "importing", "testdata", p.name+".facts"), []byte(line), 0o644); err != nil {
		t.Fatal(err)
	}
}

// compare runs the site in front of the project, and compares it with the project;
// where tokens are spent, with the project on another database, so that a token that
// one spends is not spent for the other.
func (p *importedProject) compare(t *testing.T, site, report, addr, backend string) {
	django := [2]string{backend, backend}
	sides := 1
	if p.profile.Remembers {
		sides = 2
		var err error
		if django[1], err = freeport.Addr(); err != nil {
			t.Fatal(err)
		}
	}
	for i, listen := range django[:sides] {
		p.python(t, i, filepath.Join(Dir(), "importproject", "prepare.py"))
		cmd := exec.Command(p.interpreter(t), "-m", "gunicorn", "--bind", listen, "--workers", "1", "--graceful-timeout", "1", "--no-control-socket",
			"--limit-request-field_size", "16384", "--permit-unconventional-http-method", "django.core.wsgi:get_wsgi_application()")
		cmd.Dir, cmd.Env = p.dir, p.environ(i)
		server, err := Start(cmd, listen)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { stop(t, server) })
	}
	p.write(t, "token_refresh.caddyfile", site)
	config := p.write(t, "Caddyfile", "{\n\tadmin off\n\tdefault_bind 127.0.0.1\n}\nimport token_refresh.caddyfile\n")
	cmd := exec.Command(edgeBinary(t), "run", "--config", config, "--adapter", "caddyfile")
	cmd.Env = append(p.environ(0), "XDG_CONFIG_HOME="+p.dir, "XDG_DATA_HOME="+p.dir)
	for name, value := range p.edgeEnv {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	edge, err := Start(cmd, addr)
	if err != nil {
		t.Fatalf("%v\n%s\n%s", err, site, report)
	}
	t.Cleanup(func() { stop(t, edge) })
	p.ask(t, addr, django[1])
	if t.Failed() {
		t.Logf("%s\n%s", site, report)
	}
}

// ask sends the catalogue and some random requests to both, at each of the paths.
func (p *importedProject) ask(t *testing.T, edge, django string) {
	profile := p.profile
	profile.Name = p.name
	profile.fill()
	if profile.Public == "" {
		profile.Key, profile.OtherKey = p.secret, p.secret+"x"
	}
	l := &live{rel: p.rel(), rows: map[string]int{}, status: map[int]int{}, accepted: map[string]int{}, crossed: map[string]int{}}
	a := &arena{live: l, t: t, site: Site{Profile: profile, Django: django, Addr: edge}}
	a.words, a.once = p.ownWords, profile.Remembers
	for _, addr := range []string{edge, django} { // Django loads its URLs at the first request
		if _, _, err := Send(addr, JSON(RefreshPath, "{}").Bytes()); err != nil {
			t.Fatal(err)
		}
	}
	cases := Catalogue(l.rel, profile, now())
	if p.sliding {
		cases = slidingCases(l.rel, profile)
		a.site.Profile.JTI = "" // a sliding token keeps its jti
	} else if profile.Remembers {
		cases = append(cases, sessionCases(l.rel, profile)...)
	} else {
		rng := rand.New(rand.NewPCG(1, 2))
		for range importRequests {
			cases = append(cases, Random(l.rel, profile, now(), rng))
		}
	}
	for i, c := range cases {
		if c.Exact || c.Offset != 0 || !p.move(&c, i) {
			continue
		}
		a.try(c)
	}
	t.Logf("%d requests, %d the same, by row: %v, by Django's status: %v", l.sent, l.same, sorted(l.rows), sorted(l.status))
	if l.same < 100 || l.status[200] < 10 {
		t.Errorf("%d answers are the same, of which %d are good: that compares nothing", l.same, l.status[200])
	}
	if p.verify == "" || p.sliding {
		return
	}
	if l.accepted[p.name] == 0 {
		t.Error("Django took no access token of the edge")
	}
}

// sessionCases are tokens of sessions of their own, each of which is refreshed,
// refreshed again, and verified.
func sessionCases(rel *Set, p Profile) []Case {
	m := &maker{rel: rel, p: p, now: now(), names: map[string]int{}}
	for i := range 40 {
		token := m.sign(m.claims().With(p.JTI, fmt.Sprintf(`"%032x"`, i+1)))
		m.refresh("session", token)
		m.refresh("session, spent", token)
		m.verify("session, spent", token)
	}
	return m.cases
}

// slidingCases are sliding tokens, good and bad, in the body of a request.
func slidingCases(rel *Set, p Profile) []Case {
	m := &maker{rel: rel, p: p, now: now(), names: map[string]int{}}
	for i := range 120 {
		claims := m.claims().With(p.Type, `"sliding"`).With("until", m.at(int64(9000+i))).With("n", fmt.Sprint(i))
		switch i % 4 {
		case 1:
			claims = claims.With("until", m.at(-60))
		case 2:
			claims = claims.Without("until")
		}
		c := m.add("sliding", JSON(RefreshPath, `{"token":"`+m.sign(claims)+`"}`))
		c.Token = m.sign(claims)
	}
	return m.cases
}

// move sends a case to the project's own paths, in turn, and reports whether there
// is one for it.
func (p *importedProject) move(c *Case, turn int) bool {
	to := func(r *Request) bool {
		refresh := p.refresh
		if len(refresh) == 0 {
			refresh = []string{RefreshPath}
		}
		for from, path := range map[string]string{RefreshPath: refresh[turn%len(refresh)], VerifyPath: p.verify} {
			if rest, ok := strings.CutPrefix(r.Target, from); ok {
				r.Target = path + rest
				return path != ""
			}
		}
		return false
	}
	if c.Differs != nil && c.Differs.Twin != nil {
		twin := *c.Differs.Twin
		differs := *c.Differs
		if !to(&twin) {
			return false
		}
		differs.Twin, c.Differs = &twin, &differs
	}
	return to(&c.Request)
}

func (p *importedProject) rel() *Set {
	if p.set == "" {
		return Newest()
	}
	return MustSet(p.set)
}

// importedProject is a Django project that is made in a test.
type importedProject struct {
	name string
	set  string // a contemporary one; "" is the newest

	settings, urls, views string // Python; the first two come behind what all have
	env, edgeEnv          map[string]string
	prepare               func(*testing.T, *importedProject)

	refresh  []string // paths that the edge has to answer; nil is RefreshPath
	verify   string   // "" where the edge does not verify
	profile  Profile
	ownWords bool // refusals are worded by the project
	sliding  bool // its tokens are sliding ones

	stays []string // reasons, where the edge cannot answer
	says  []string // what the site or the report has to hold

	dir, secret, facts, extras string

	databases [2]string // of the project behind the edge, and of the one it is compared with
	urlOf     []string  // DATABASE_URL of the two
}

func (p *importedProject) write(t *testing.T, name, text string) string {
	t.Helper()
	file := filepath.Join(p.dir, name)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(fmt.Errorf("writing %s: %w", name, err))
	}
	return file
}
