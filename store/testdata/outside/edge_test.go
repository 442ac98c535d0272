// SPDX-License-Identifier: Apache-2.0

package outside

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig"
	_ "github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile"
	_ "github.com/caddyserver/caddy/v2/modules/filestorage"
	"github.com/golang-jwt/jwt/v5"

	_ "github.com/caddyrefresh/caddyrefresh"
)

const signingKey = "this-key-signs-for-a-test-and-guards-nothing"

// adapt makes a configuration of a site whose store is written as given.
func adapt(t *testing.T, socket, written string) ([]byte, error) {
	t.Helper()
	config, _, err := caddyconfig.GetAdapter("caddyfile").Adapt(fmt.Appendf(nil, `{
	admin off
	persist_config off
	storage file_system %s
}
http://outside.test {
	bind unix/%s
	token_refresh {
		signing_key %s
		rotate_refresh_tokens
		blacklist_after_rotation
		reuse_grace 60s
		%s
	}
}
`, t.TempDir(), socket, signingKey, written), nil)
	return config, err
}

// TestEdge rotates a token at an edge with the store, and repeats it.
func TestEdge(t *testing.T) {
	t.Setenv("XDG_DATA_HOME", t.TempDir())
	socket := filepath.Join(t.TempDir(), "s")
	client := &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", socket)
	}}}
	config, err := adapt(t, socket, "store example {\n\t\t\ttimeout 10s\n\t\t}")
	if err != nil {
		t.Fatal(err)
	}
	if err := caddy.Load(config, true); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := caddy.Stop(); err != nil {
			t.Error(err)
		}
	})
	now := time.Now().Unix()
	token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{
		"token_type": "refresh", "jti": "0f8b2d2e7c6a4c1c9b0e1d2f3a4b5c6d", "iat": now, "exp": now + 3600, "user_id": "7",
	}).SignedString([]byte(signingKey))
	if err != nil {
		t.Fatal(err)
	}
	refresh := func(token string, want int) string {
		t.Helper()
		response, err := client.Post("http://outside.test/api/token/refresh", "application/json", strings.NewReader(`{"refresh":"`+token+`"}`))
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		var body struct{ Refresh, Detail string }
		if err := json.NewDecoder(response.Body).Decode(&body); err != nil || response.StatusCode != want {
			t.Fatalf("the edge answers %d %+v, %v; want %d", response.StatusCode, body, err, want)
		}
		return body.Refresh
	}
	next := refresh(token, http.StatusOK)
	if again := refresh(token, http.StatusOK); next == "" || again != next {
		t.Errorf("the successor is %q, and %q when asked for again", next, again)
	}
	refresh(next, http.StatusOK)
	refresh(token, http.StatusUnauthorized)
}

// TestUnknownStore: the error names the stores that this Caddy has.
func TestUnknownStore(t *testing.T) {
	for _, written := range []string{"store nope", "store"} {
		_, err := adapt(t, "nowhere", written)
		if err == nil || !strings.Contains(err.Error(), "example, file") {
			t.Errorf("%s: %v, want the names of the stores", written, err)
		}
	}
}
