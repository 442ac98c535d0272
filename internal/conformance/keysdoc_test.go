// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package conformance

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// keyBlock matches a paragraph that names algorithms, and its commands.
var keyBlock = regexp.MustCompile("(?m)^([^\\n|]+):\n\n```sh\n([^`]*)```$")

// TestKeysPage runs the commands of docs/keys.md, and with the keys that they
// make refreshes a token of each algorithm. PyJWT, with the public half that the
// page's last command prints, has the say on what comes of it.
func TestKeysPage(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "keys.md"))
	if err != nil {
		t.Fatal(err)
	}
	commands := map[string]string{}
	for _, m := range keyBlock.FindAllStringSubmatch(string(page), -1) {
		commands[m[1]] = m[2]
	}
	if n := strings.Count(string(page), "```sh\n"); n != len(commands) || n < 7 {
		t.Fatalf("%d blocks of commands on the page, %d of them found", n, len(commands))
	}
	const ofPublic = "The public half, for those who verify"
	var sites []Site
	keys := map[string]string{} // folders, by algorithm
	for algorithm := range strings.FieldsSeq("HS256 HS384 HS512 RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 EdDSA") {
		dir := t.TempDir()
		shell(t, dir, commands[paragraph(t, commands, algorithm)])
		if !strings.HasPrefix(algorithm, "HS") {
			shell(t, dir, commands[ofPublic])
		}
		keys[algorithm] = dir
		sites = append(sites, Site{Django: "127.0.0.1:1", Profile: Profile{Name: algorithm, Algorithm: algorithm, Caddyfile: []string{
			"algorithm " + algorithm, "signing_key {file." + filepath.Join(dir, "key.pem") + "}",
		}}})
	}
	edge, err := Edge(Newest(), edgeBinary(t), t.TempDir(), sites)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, edge) })
	python, err := Environment(t.Context(), Newest())
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range sites {
		t.Run(s.Profile.Name, func(t *testing.T) { refreshMinted(t, s, python, keys[s.Profile.Name]) })
	}
}

// paragraph returns the paragraph about an algorithm: the one that names it, or
// else the one that is for any other of its kind. The secret for HS256 has 64
// characters, which serves all of HS.
func paragraph(t *testing.T, commands map[string]string, algorithm string) string {
	t.Helper()
	if strings.HasPrefix(algorithm, "HS") {
		algorithm = "HS256"
	}
	for text := range commands {
		if strings.HasPrefix(text, algorithm) {
			return text
		}
	}
	kind := algorithm[:2]
	for text := range commands {
		if _, others, ok := strings.Cut(text, "any other"); ok && strings.Contains(others, kind) {
			return text
		}
	}
	t.Fatalf("the page has no command for a key of %s", algorithm)
	return ""
}

func shell(t *testing.T, dir, commands string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "sh", "-e", "-u", "-c", commands)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil || commands == "" {
		t.Fatalf("%q: %v\n%s", commands, err, out)
	}
}

// verifier is how a service in Python checks an access token.
const verifier = `
import json, sys, jwt
algorithm, key, token = sys.argv[1:]
header = jwt.get_unverified_header(token)
print(json.dumps([header, jwt.decode(token, open(key).read().rstrip("\n"), algorithms=[algorithm])]))
`

// refreshMinted mints a token, refreshes it at the site, and has PyJWT verify
// what comes of it.
func refreshMinted(t *testing.T, s Site, python, dir string) {
	algorithm, key := s.Profile.Algorithm, filepath.Join(dir, "key.pem")
	minted, err := exec.CommandContext(t.Context(), edgeBinary(t), "token-refresh", "mint",
		"--algorithm", algorithm, "--signing-key", "@"+key, "--claim", "user_id=7", "--claim", "role=editor").Output()
	if err != nil {
		t.Fatal(err)
	}
	answer, _, err := Send(s.Addr, StoryRequest("refresh", strings.TrimSpace(string(minted))).Bytes())
	if err != nil || answer.Status != 200 || len(tokens(answer)) != 1 {
		t.Fatalf("the edge answers %d %s, %v", answer.Status, answer.Body, err)
	}
	if !strings.HasPrefix(algorithm, "HS") {
		key = filepath.Join(dir, "public.pem")
	}
	verify := func(token string) ([]byte, error) {
		return exec.CommandContext(t.Context(), python, "-c", verifier, algorithm, key, token).Output()
	}
	access := tokens(answer)[0]
	said, err := verify(access)
	if err != nil {
		t.Fatalf("PyJWT refuses the access token: %v", err)
	}
	var parts [2]map[string]any
	if err := json.Unmarshal(said, &parts); err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprint(parts[0]["alg"], parts[1]["token_type"], parts[1]["user_id"], parts[1]["role"])
	if want := fmt.Sprint(any(algorithm), any("access"), any(7.0), any("editor")); got != want {
		t.Errorf("PyJWT reads %s, want %s", got, want)
	}
	header, claims, _ := split(access)
	_, _, signature := split(strings.TrimSpace(string(minted)))
	if _, err := verify(header + "." + claims + "." + signature); err == nil {
		t.Error("PyJWT takes the signature of another token too, so that it proves nothing")
	}
}
