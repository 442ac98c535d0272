// SPDX-License-Identifier: Apache-2.0

package caddyrefresh

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/caddyserver/caddy/v2"
	"github.com/google/go-cmp/cmp"

	"github.com/caddyrefresh/caddyrefresh/internal/jwks"
	"github.com/caddyrefresh/caddyrefresh/internal/release"
	"github.com/caddyrefresh/caddyrefresh/internal/simplejwt"
	"github.com/caddyrefresh/caddyrefresh/store/filestore"
)

// checked is what the command check says of a site.
type checked struct {
	dir string
	t   *testing.T
}

// newChecked sets the keys and gives the site a directory, which stands for DIR in
// what is given and printed.
func newChecked(t *testing.T) *checked {
	t.Helper()
	setTestKeys(t)
	t.Setenv("DJANGO_SECRET_KEY", testKey)
	dir := t.TempDir()
	t.Setenv("XDG_DATA_HOME", dir)
	return &checked{dir: dir, t: t}
}

// run runs the command on a site with these settings and returns its lines.
func (c *checked) run(settings, token string, args ...string) (lines []string, err error) {
	c.t.Helper()
	file := filepath.Join(c.dir, "Caddyfile")
	text := "{\n\tadmin off\n\tpersist_config off\n}\nhttp://127.0.0.1:8099 {\n\ttoken_refresh {\n" + strings.ReplaceAll(settings, "DIR", c.dir) + "\n\t}\n}\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		c.t.Fatal(err)
	}
	args = append([]string{"check", "--config", file}, args...)
	if token != "" {
		args = append(args, "--token", "@-")
	}
	out, _, err := tokenRefresh(token+"\n", args...)
	for _, secret := range []string{testKey, token} {
		if secret != "" && strings.Contains(out, secret) {
			c.t.Errorf("it prints a secret:\n%s", out)
		}
	}
	out = strings.ReplaceAll(out, c.dir, "DIR")
	return strings.Split(strings.TrimSuffix(out, "\n"), "\n"), err
}

// wants runs the command and compares its lines. It fails where one begins with
// wrong, and nowhere else.
func (c *checked) wants(settings, token string, want ...string) {
	c.t.Helper()
	got, err := c.run(settings, token)
	if diff := cmp.Diff(want, got); diff != "" {
		c.t.Errorf("-want +got:\n%s", diff)
	}
	wrong := strings.Contains("\n"+strings.Join(got, "\n"), "\nwrong: ")
	if wrong != (err != nil) || wrong && !strings.HasSuffix(err.Error(), "wrong") {
		c.t.Errorf("the error is %v", err)
	}
}

const okSigned = "ok: /api/token/refresh: the token is signed with the key of signing_key"

// TestCheckToken: what a token would get is said with the reason, for mistakes in
// the settings and in the token.
func TestCheckToken(t *testing.T) {
	const stateless = "signing_key {env.DJANGO_SECRET_KEY}"
	token := newToken(t)
	for name, tt := range map[string]struct {
		settings, token string
		want            []string
	}{
		"good": {stateless, token, []string{
			okSigned,
			"ok: /api/token/refresh: a client with this token would get 200 with an access token",
		}},
		"another key": {"signing_key {env.TEST_OTHER_SECRET}", token, []string{
			"wrong: /api/token/refresh: the token is refused: its signature fits no key here (signing_key for HS256): give signing_key the value of SIGNING_KEY in SIMPLE_JWT, " +
				"which is SECRET_KEY by default, or name a key that was replaced with previous_key",
			`note: /api/token/refresh: a client with this token would get 401 and the body {"detail":"Token is invalid or expired","code":"token_not_valid"}`,
		}},
		"another algorithm": {stateless + "\nalgorithm HS512\nallow_short_key", token, []string{
			`wrong: /api/token/refresh: the token is refused: its alg is "HS256", and the keys here are for HS512: write algorithm HS256 and its key, if ALGORITHM in SIMPLE_JWT is that`,
			`note: /api/token/refresh: a client with this token would get 401 and the body {"detail":"Token is invalid or expired","code":"token_not_valid"}`,
		}},
		"another audience": {stateless + "\naudience api\nsimplejwt_version 5.5", newToken(t, "--claim", "aud=web"), []string{
			okSigned,
			`wrong: /api/token/refresh: the token is refused: its aud is "web", and audience is "api": write the AUDIENCE of SIMPLE_JWT`,
			`note: /api/token/refresh: a client with this token would get 401 and the body {"detail":"Token is invalid","code":"token_not_valid"}`,
		}},
		"another claim": {stateless + "\ntoken_type_claim typ", token, []string{
			okSigned,
			"wrong: /api/token/refresh: the token is refused: it has no claim typ, and token_type_claim names it: write the TOKEN_TYPE_CLAIM of SIMPLE_JWT; " +
				"its claims are token_type, exp, iat, jti, user_id",
			`note: /api/token/refresh: a client with this token would get 401 and the body {"detail":"Token has no type","code":"token_not_valid"}`,
		}},
		"a refusal that the backend words": {"signing_key {env.TEST_OTHER_SECRET}\nrefusals backend", token, []string{
			"wrong: /api/token/refresh: the token is refused: its signature fits no key here (signing_key for HS256): give signing_key the value of SIGNING_KEY in SIMPLE_JWT, " +
				"which is SECRET_KEY by default, or name a key that was replaced with previous_key",
			"note: /api/token/refresh: a client with this token would get the backend's refusal, which the backend words (refusals backend); " +
				`where the backend does not refuse it, 401 and the body {"detail":"Token is invalid or expired","code":"token_not_valid"}`,
		}},
		"a refusal that the backend may not have": {stateless + "\nrefusals backend", token + "=", []string{
			"wrong: /api/token/refresh: the token is refused: its signature is not base64url as RFC 7515 requires it, without padding and stray bits",
			`note: /api/token/refresh: a client with this token would get 401 and the body {"detail":"Token is invalid or expired","code":"token_not_valid"}`,
		}},
		"another user claim": {stateless + "\nuser_id_claim uid", token, []string{
			okSigned,
			"wrong: /api/token/refresh: the token has no claim uid, so it names no user to look up or to log out: write the USER_ID_CLAIM of SIMPLE_JWT as user_id_claim; " +
				"its claims are token_type, exp, iat, jti, user_id",
			"ok: /api/token/refresh: a client with this token would get 200 with an access token",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			c := newChecked(t)
			t.Setenv("TEST_OTHER_SECRET", "another secret of thirty-two bytes and more")
			c.wants(tt.settings, tt.token, tt.want...)
		})
	}
}

// TestCheckSliding: a sliding token is looked at as the sliding endpoint would.
func TestCheckSliding(t *testing.T) {
	const site = "/api/token/refresh /api/token/slide: "
	settings := "signing_key {env.DJANGO_SECRET_KEY}\nsliding_path /api/token/slide"
	c := newChecked(t)
	sliding := func(end time.Duration) string {
		return newToken(t, "--claim", "token_type=sliding", "--claim", fmt.Sprint("refresh_exp=", time.Now().Add(end).Unix()))
	}
	signed := "ok: " + site + "the token is signed with the key of signing_key"
	c.wants(settings, sliding(time.Hour), signed, "ok: "+site+"a client with this token would get 200 with a sliding token")
	c.wants(settings, newToken(t), signed, "ok: "+site+"a client with this token would get 200 with an access token")
	got, err := c.run(settings, sliding(-time.Hour))
	if err == nil || !strings.HasSuffix(got[1], "ago: it can no longer be refreshed; the user has to log in again") {
		t.Errorf("%v, %q", err, got)
	}
}

// TestCheckFile: a file that is not there is not made; one that is free is read and
// stays as it is.
func TestCheckFile(t *testing.T) {
	const spending = "signing_key {env.DJANGO_SECRET_KEY}\nrotate_refresh_tokens\nblacklist_after_rotation\nreuse_grace 10s\nname shop\nstore file DIR/tokens.db"
	const (
		okShop    = "ok: shop (/api/token/refresh): the token is signed with the key of signing_key"
		okRotates = "ok: shop (/api/token/refresh): a client with this token would get 200 with an access token and a new refresh token"
	)
	c := newChecked(t)
	token := newToken(t)
	path := filepath.Join(c.dir, "tokens.db")
	c.wants(spending, token,
		"note: shop (/api/token/refresh): store file: DIR/tokens.db does not exist yet: the first request makes it, and it knows no token that was spent before",
		"ok: shop (/api/token/refresh): store file answers and grants the rights that the edge needs (no file yet)", okShop, okRotates)
	if _, err := os.Stat(path); err == nil {
		t.Error("it made the file")
	}
	spent := spendInFile(t, path, "shop", token)
	before := readFile(t, path)
	c.wants(spending, token,
		"ok: shop (/api/token/refresh): store file answers and grants the rights that the edge needs (records: 1)", okShop,
		"wrong: shop (/api/token/refresh): the token is refused: it was used before",
		`note: shop (/api/token/refresh): a client with this token would get 200 with the same successor for 10s after the first use, and then 401 and the body {"detail":"Token is blacklisted","code":"token_not_valid"}`)
	c.wants(spending, spent,
		"ok: shop (/api/token/refresh): store file answers and grants the rights that the edge needs (records: 1)", okShop, okRotates)
	if readFile(t, path) != before {
		t.Error("the file has changed")
	}
	_, release := heldFile(t, path)
	got, err := c.run(spending, token, "--address", "127.0.0.1:1")
	release()
	want := []string{
		"wrong: shop (/api/token/refresh): store file is held by another process, and no running edge could be asked about it: asking the edge at 127.0.0.1:1",
		okShop,
		"ok: shop (/api/token/refresh): a client with this token would get 200 with an access token and a new refresh token, unless it was spent or revoked, which the store was not asked",
	}
	got[0], _, _ = strings.Cut(got[0], ": performing request")
	if diff := cmp.Diff(want, got); diff != "" || err == nil {
		t.Errorf("held: %v, -want +got:\n%s", err, diff)
	}
}

// spendInFile spends a token in the store at path and returns the one to go on with.
func spendInFile(t *testing.T, path, name, token string) string {
	t.Helper()
	ctx, cancel := caddy.NewContext(caddy.Context{Context: context.Background()})
	defer cancel()
	s := &filestore.Store{Path: path, Timeout: caddy.Duration(10 * time.Second)}
	if err := s.Provision(ctx); err != nil {
		t.Fatal(err)
	}
	defer s.Cleanup()
	key, err := simplejwt.NewKey("HS256", []byte(testKey), false)
	if err != nil {
		t.Fatal(err)
	}
	backend, err := simplejwt.New(&simplejwt.Config{
		Release: release.MustNamed("5.3"), SigningKey: key, AccessTokenLifetime: time.Minute, RefreshTokenLifetime: time.Hour,
		RotateRefreshTokens: true, BlacklistAfterRotation: true, Store: s, StoreName: name,
		UserIDClaim: "user_id", TokenTypeClaim: "token_type", JTIClaim: "jti",
	})
	if err != nil {
		t.Fatal(err)
	}
	pair, err := backend.Refresh(ctx, new(simplejwt.Scratch), []byte(token), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return string(pair.Refresh)
}

// TestCheckRedis: a server that answers, one with another clock, and one that asks
// for a password. None of them is written to.
func TestCheckRedis(t *testing.T) {
	server := miniredis.RunT(t)
	settings := "signing_key {env.DJANGO_SECRET_KEY}\nstore redis " + server.Addr()
	c := newChecked(t)
	const ok = "ok: /api/token/refresh: store redis answers and grants the rights that the edge needs (Redis)"
	c.wants(settings, "", ok)
	server.SetTime(time.Now().Add(time.Minute))
	c.wants(settings, "",
		"wrong: /api/token/refresh: store redis: its clock is 1m0s ahead of this machine's, so tokens expire and sessions end at the wrong time: check NTP on both", ok)
	server.RequireAuth("hunter2")
	c.wants(settings, "", "wrong: /api/token/refresh: store redis: NOAUTH Authentication required. (add the line password)")
	c.wants(settings+" {\npassword hunter3\n}", "",
		"wrong: /api/token/refresh: store redis: WRONGPASS invalid username-password pair (look at username and password)")
	if keys := server.DB(0).Keys(); len(keys) > 0 {
		t.Errorf("it wrote %q", keys)
	}
}

// TestCheckKeySet: jwk_url is asked, and what is secret of it is not told.
func TestCheckKeySet(t *testing.T) {
	c := newChecked(t)
	key := ecdsaKey(t, "TEST_OTHER_P256")
	document, err := jwks.NewDocument(jwks.PublicKey{Key: key.PublicKey(), Algorithm: "ES256", KeyID: "k1"})
	if err != nil {
		t.Fatal(err)
	}
	var broken bool
	issuer := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if broken {
			http.Error(w, "no", http.StatusBadGateway)
			return
		}
		document.ServeHTTP(w, r)
	}))
	defer issuer.Close()
	settings := "algorithm ES256\nsigning_key {env.TEST_P256}\njwk_url " + issuer.URL + "/keys?token=a-secret-in-a-query"
	at := issuer.URL + "/keys"
	token := issueByKeySet(t, key, "k1")
	c.wants(settings, token,
		"ok: /api/token/refresh: jwk_url "+at+" answers with 1 usable key",
		"ok: /api/token/refresh: the token is signed with the key of jwk_url",
		"ok: /api/token/refresh: a client with this token would get 200 with an access token")
	c.wants(settings, issueByKeySet(t, key, "k2"),
		"ok: /api/token/refresh: jwk_url "+at+" answers with 1 usable key",
		`wrong: /api/token/refresh: the token is refused: jwk_url has no key for ES256 with the kid "k2" of its header`,
		`note: /api/token/refresh: a client with this token would get 401 and the body {"detail":"Token is invalid or expired","code":"token_not_valid"}`)
	broken = true
	c.wants(settings, token,
		"wrong: /api/token/refresh: jwk_url "+at+" cannot be fetched: it answered with status 502 instead of 200: requests are answered with 503 until it can; check the URL and the network",
		"wrong: /api/token/refresh: the token cannot be judged: the keys of jwk_url cannot be fetched: the JWK set is not available: it answered with status 502 instead of 200",
		`note: /api/token/refresh: a client with this token would get 503 and the body {"detail":"The token cannot be judged right now. Try again."}`)
}

// TestCheckRefuses: flags that cannot be followed, and a configuration that does not
// load, fail with the reason, and nothing stays loaded.
func TestCheckRefuses(t *testing.T) {
	c := newChecked(t)
	const good = "signing_key {env.DJANGO_SECRET_KEY}"
	for name, tt := range map[string]struct {
		settings, token string
		args            []string
		want            string
	}{
		"no such name":           {good, "", []string{"--name", "shop"}, `--name "shop": no token_refresh of the configuration has this name`},
		"token in the arguments": {good, "", []string{"--token", "abc"}, "--token takes @file, or @- for standard input"},
		"no token":               {good, "", []string{"--token", "@-"}, "there is no token"},
		"no file":                {good, "", []string{"--token", "@/nowhere/token"}, "--token: reading the token: open /nowhere/token"},
		"contradiction":          {good + "\nreuse_grace 10s", "", nil, "reuse_grace has no effect without blacklist_after_rotation"},
		"two names":              {good + "\nname a\n}\ntoken_refresh {\nname b\n" + good, "a.b.c", nil, "handlers of 2 names: choose the one"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := c.run(tt.settings, tt.token, tt.args...)
			if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Join(got, "") != "" {
				t.Errorf("%v, %q; want %q and no line", err, got, tt.want)
			}
		})
	}
	if err := os.WriteFile(filepath.Join(c.dir, "config.json"), []byte(`{}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := tokenRefresh("", "check", "--config", filepath.Join(c.dir, "config.json")); err == nil || !strings.Contains(err.Error(), "has no token_refresh") {
		t.Errorf("an empty configuration: %v", err)
	}
}

// TestCheckDocs: docs/check.md names each flag of the command and no other.
func TestCheckDocs(t *testing.T) {
	help, _, err := tokenRefresh("", "check", "--help")
	if err != nil {
		t.Fatal(err)
	}
	_, flags, _ := strings.Cut(help, "Flags:")
	named := func(text string) (all []string) {
		for _, m := range regexp.MustCompile(`--[a-z]+`).FindAllString(text, -1) {
			if m != "--help" && !slices.Contains(all, m) {
				all = append(all, m)
			}
		}
		slices.Sort(all)
		return all
	}
	if diff := cmp.Diff(named(flags), named(readFile(t, "docs/check.md"))); diff != "" {
		t.Errorf("-help +docs:\n%s", diff)
	}
}
