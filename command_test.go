// SPDX-License-Identifier: Apache-2.0

package caddyrefresh

import (
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	caddycmd "github.com/caddyserver/caddy/v2/cmd"
	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"

	"github.com/caddyrefresh/caddyrefresh/internal/release"
	"github.com/caddyrefresh/caddyrefresh/internal/simplejwt"
)

// tokenRefresh runs `caddy token-refresh` with these arguments and returns what it
// prints.
func tokenRefresh(stdin string, args ...string) (stdout, stderr string, err error) {
	cmd := &cobra.Command{Use: "token-refresh", SilenceUsage: true, SilenceErrors: true}
	caddycmd.Commands()["token-refresh"].CobraFunc(cmd)
	var out, errs strings.Builder
	cmd.SetArgs(args)
	cmd.SetIn(strings.NewReader(stdin))
	cmd.SetOut(&out)
	cmd.SetErr(&errs)
	err = cmd.Execute()
	return out.String(), errs.String(), err
}

// mint runs the command and returns the token that it prints.
func mint(t *testing.T, stdin string, args ...string) (string, error) {
	t.Helper()
	out, _, err := tokenRefresh(stdin, append([]string{"mint"}, args...)...)
	if err != nil {
		return "", err
	}
	token, ok := strings.CutSuffix(out, "\n")
	if !ok || strings.Contains(token, "\n") {
		t.Errorf("it prints %q, want a token and a newline", out)
	}
	return token, nil
}

func payloadOf(t *testing.T, token string) map[string]any {
	t.Helper()
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		t.Fatalf("%q is no token", token)
	}
	data, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	var payload map[string]any
	if err := json.Unmarshal(data, &payload); err != nil {
		t.Fatal(err)
	}
	return payload
}

func TestMint(t *testing.T) {
	file := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(file, []byte(testKey+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	key, err := simplejwt.NewKey("HS256", []byte(testKey), false)
	if err != nil {
		t.Fatal(err)
	}
	backend, err := simplejwt.New(&simplejwt.Config{
		Release: release.MustNamed("5.5"), SigningKey: key, AccessTokenLifetime: time.Minute,
		UserIDClaim: "user_id", TokenTypeClaim: "token_type", JTIClaim: "jti",
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		stdin string
		key   string
	}{
		"value": {key: testKey},
		"file":  {key: "@" + file},
		"stdin": {key: "@-", stdin: testKey + "\r\n"},
	} {
		t.Run(name, func(t *testing.T) {
			token, err := mint(t, tt.stdin, "--signing-key", tt.key, "--lifetime", "90s",
				"--claim", "user_id=1", "--claim", "role=admin", "--claim", `nested={"a": [1, null]}`, "--claim", "empty=")
			if err != nil {
				t.Fatal(err)
			}
			if _, err := backend.Refresh(t.Context(), new(simplejwt.Scratch), []byte(token), time.Now()); err != nil {
				t.Errorf("the token is refused: %v", err)
			}
			payload := payloadOf(t, token)
			if got := payload["exp"].(float64) - payload["iat"].(float64); got != 90 {
				t.Errorf("it lives %v s, want 90", got)
			}
			for _, own := range []string{"exp", "iat", "jti"} {
				delete(payload, own)
			}
			want := map[string]any{
				"token_type": "refresh", "user_id": 1.0, "role": "admin",
				"nested": map[string]any{"a": []any{1.0, nil}}, "empty": "",
			}
			if diff := cmp.Diff(want, payload); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestMintRefuses(t *testing.T) {
	for name, tt := range map[string]struct {
		args []string
		want string
	}{
		"no key":            {nil, "--signing-key is missing"},
		"no such file":      {[]string{"--signing-key", "@/nowhere/key"}, "--signing-key: reading the key: open /nowhere/key"},
		"blank":             {[]string{"--signing-key", "@-"}, "the secret is blank"},
		"unknown algorithm": {[]string{"--signing-key", testKey, "--algorithm", "HS1"}, `unknown algorithm "HS1"`},
		"lifetime":          {[]string{"--signing-key", testKey, "--lifetime", "300"}, "write a number with a unit"},
		"claim":             {[]string{"--signing-key", testKey, "--claim", "user_id"}, "write name=value"},
		"argument":          {[]string{"--signing-key", testKey, "stray"}, "unknown command"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := mint(t, "", tt.args...)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("the error is %v, want %q", err, tt.want)
			}
			if strings.Contains(err.Error(), testKey) {
				t.Errorf("the error quotes the key: %v", err)
			}
		})
	}
}
