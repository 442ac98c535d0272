// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package dashboard

import (
	"strings"
	"testing"

	_ "github.com/caddyrefresh/caddyrefresh"
	"github.com/caddyrefresh/caddyrefresh/internal/certtest"
	"github.com/caddyrefresh/caddyrefresh/internal/edgetest"
	_ "github.com/caddyrefresh/caddyrefresh/store/redisstore"
)

const (
	key   = "the-key-of-the-edge-that-prometheus-scrapes"
	other = "a-key-that-the-edge-has-never-heard-of-in-life"

	// names is what the variable name of the dashboard stands for. The site backend is
	// what others compare with and refer to, in place of Django.
	names = "(api|shop|partner|rolled|translated|checked)"

	spends = "rotate_refresh_tokens\nblacklist_after_rotation\nreuse_grace 2s\nreuse_detection\nverify_path /api/token/verify\n"
)

// site is a site of the edge, with a name that is also that of its port.
func site(name, upstream string, lines ...string) string {
	return "http://127.0.0.1:{{port" + name + "}} {\ntoken_refresh {\nname " + name + " separate\nsimplejwt_version 5.5\n" +
		strings.Join(lines, "\n") + "\n}\n" + upstream + "\n}\n"
}

// startEdge runs an edge with a site for each thing that the dashboard shows.
func startEdge(t *testing.T, redis string) *edgetest.Edge {
	t.Helper()
	t.Setenv("DASHBOARD_KEY", key)
	t.Setenv("DASHBOARD_PEM", certtest.PrivateKey(t))
	const (
		ours    = "signing_key {env.DASHBOARD_KEY}"
		backend = "reverse_proxy 127.0.0.1:{{portbackend}}"
		ecdsa   = "algorithm ES256\nsigning_key {env.DASHBOARD_PEM}"
	)
	return edgetest.Start(t, "{\nlog default {\nlevel ERROR\n}\n}\n"+
		site("api", "", ours, spends, "store file {\ntimeout 8s\n}")+
		site("shop", "", ours, spends, "store redis "+redis+" {\ntimeout 500ms\n}")+
		site("rolled", backend, ours, "rollout 0%")+
		site("translated", backend, ours, "refusals backend")+
		site("checked", "", ours, "user_check http://127.0.0.1:{{portbackend}}/users/{user_id}")+
		site("backend", "respond 204", ours)+
		site("issuer", "", ecdsa, "key_id first", "jwks_path /jwks.json")+
		site("partner", "", ecdsa, "jwk_url http://127.0.0.1:{{portissuer}}/jwks.json"))
}
