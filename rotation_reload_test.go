// SPDX-License-Identifier: Apache-2.0

package caddyrefresh

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/caddyrefresh/caddyrefresh/internal/edgetest"
	"github.com/caddyrefresh/caddyrefresh/store"
)

// TestRetryAfterReload: what is changed by a reload between the first use of a
// token and its repeat does not cost the session.
func TestRetryAfterReload(t *testing.T) {
	setTestKeys(t)
	for name, tt := range map[string]struct {
		before, after string
		same          bool // byte for byte; else it is the same jti, iat and exp
	}{
		"nothing":      {"", "", true},
		"lifetimes":    {"refresh_token_lifetime 1h", "refresh_token_lifetime 2h\naccess_token_lifetime 1m", true},
		"shorter":      {"", "refresh_token_lifetime 2s", true},
		"release":      {"", "max_body 1KiB\nleeway 1m\nuser_id_claim sub", true},
		"grace":        {"reuse_grace 50s", "reuse_detection", true},
		"audience":     {"", "issuer us\naudience a", true},
		"sessions":     {"session_lifetime 30d", "session_lifetime 60d", true},
		"sessions off": {"session_lifetime 30d", "", false},
		"new key": {
			"signing_key {env.DJANGO_SECRET_KEY}",
			"algorithm ES256\nsigning_key {env.TEST_P256}\nprevious_key {env.DJANGO_SECRET_KEY} HS256", false,
		},
	} {
		t.Run(name, func(t *testing.T) {
			graced := func(settings string) string {
				if !strings.Contains(settings, "reuse_grace") {
					settings += "\nreuse_grace 60s"
				}
				return spending(settings)
			}
			edge := startEdge(t, graced(tt.before))
			token := newToken(t, "--claim", "iss=us", "--claim", "aud=a")
			first := next(t, edge, token)
			edge.Reload(graced(tt.after))
			again := ask(t, edge, "refresh", token)
			if again.outcome != "replayed" || (again.refresh == first) != tt.same {
				t.Fatalf("the repeat gets %+v\nafter %s", again, first)
			}
			was, is := payloadOf(t, first), payloadOf(t, again.refresh)
			for _, claim := range []string{"jti", "iat", "exp"} {
				if diff := cmp.Diff(was[claim], is[claim]); diff != "" {
					t.Errorf("%s (-first +repeat)\n%s", claim, diff)
				}
			}
			// Both are one token: the other one is spent with it.
			last := ask(t, edge, "refresh", first)
			if got := ask(t, edge, "refresh", again.refresh); last.status != 200 || got.outcome != "replayed" || payloadOf(t, got.refresh)["jti"] != payloadOf(t, last.refresh)["jti"] {
				t.Errorf("going on with the first gives %+v, with the repeat %+v", last, got)
			}
			refused(t, edge, token, "straggler")
		})
	}
}

// TestOptionsByReload: what the options say counts from the reload on, for
// tokens that were spent before it too.
func TestOptionsByReload(t *testing.T) {
	edge := startEdge(t, spending("reuse_grace 60s"))
	first := newToken(t)
	second := next(t, edge, first)

	edge.Reload(spending()) // no grace
	refused(t, edge, first, "reused")

	edge.Reload(strings.Replace(spending(), "blacklist_after_rotation\n", "", 1)) // asks, and spends nothing
	refused(t, edge, first, "blacklisted")
	if drawn := payloadOf(t, next(t, edge, second))["jti"]; drawn == store.Successor(payloadOf(t, second)["jti"].(string)) {
		t.Errorf("the jti %s is derived where nothing is spent", drawn)
	}
	third := next(t, edge, second)

	edge.Reload(spending("reuse_grace 60s"))
	next(t, edge, second)
	next(t, edge, third)
	if got := ask(t, edge, "refresh", first); got.outcome != "straggler" {
		t.Errorf("the first token, with the grace back: %+v", got)
	}

	edge.Reload(spending("reuse_detection"))
	refused(t, edge, first, "reused")
	refused(t, edge, second, "blacklisted") // its successor was the newest
}

// TestRecordsOutliveReloads: what was spent stays spent across reloads, and also
// when the store was closed in between.
func TestRecordsOutliveReloads(t *testing.T) {
	config := spending()
	edge := startEdge(t, config)
	spent := newToken(t)
	newest := next(t, edge, spent)
	for range 5 {
		edge.Reload(config)
		refused(t, edge, spent, "reused")
		spent, newest = newest, next(t, edge, newest)
	}
	edge.Reload("http://127.0.0.1:{{port}} {\nrespond nothing\n}\n")
	// Nobody has it any more.
	_, release := heldFile(t, filepath.Join(edge.Value("dir"), "caddy", "token_refresh", "tokens.db"))
	release()
	edge.Reload(config)
	refused(t, edge, spent, "reused")
	next(t, edge, newest)
}

// sites are two sites, on {{port}} and {{port2}}.
func sites(first, second string) string {
	return spending(first) + strings.Replace(spending(second), "{{port}}", "{{port2}}", 1)
}

// TestTwoSites with one store share what is spent if they have the same name,
// and nothing otherwise.
func TestTwoSites(t *testing.T) {
	for name, tt := range map[string]struct {
		first, second string
		shared        bool
	}{
		"no names":        {"", "", true},
		"same name":       {"name a", "name a", true},
		"different names": {"name a separate", "name b", false},
		"one name":        {"", "name b separate", false},
		"separator":       {"name a", `name "a/" separate`, false},
		"different files": {"store file {{dir}}/a.db", "store file {{dir}}/b.db", false},
	} {
		t.Run(name, func(t *testing.T) {
			edge := startEdge(t, sites(tt.first, tt.second))
			// The other site's client is the same, at another port.
			other := &edgetest.Edge{URL: "http://127.0.0.1:" + edge.Value("port2"), Client: edge.Client}
			token := newToken(t)
			newest := next(t, edge, token)
			if tt.shared {
				refused(t, other, token, "reused")
				newest = next(t, other, newest)
				ask(t, other, "blacklist", newest)
				refused(t, edge, newest, "blacklisted")
				return
			}
			if elsewhere := next(t, other, token); payloadOf(t, elsewhere)["jti"] != payloadOf(t, newest)["jti"] {
				t.Error("the successor depends on the name")
			}
			ask(t, other, "blacklist", newest)
			refused(t, other, newest, "blacklisted")
			next(t, edge, newest)
		})
	}
}

// TestSharedRecordsNeedOneKey: sites that share records but not the key are
// refused at load, with the cure; the configuration before goes on.
func TestSharedRecordsNeedOneKey(t *testing.T) {
	setTestKeys(t)
	t.Setenv("TEST_OTHER_SECRET", "another-key-of-more-than-thirty-two-bytes")
	const a, b = "signing_key {env.DJANGO_SECRET_KEY}", "algorithm ES256\nsigning_key {env.TEST_P256}"
	file := filepath.Join(t.TempDir(), "tokens.db")
	edge := startEdge(t, spending())
	token := newToken(t)
	for name, tt := range map[string]struct {
		config  string
		refused bool
	}{
		"two keys":            {sites(a, b), true},
		"two keys, same name": {sites(a+"\nname x", b+"\nname x"), true},
		"two secrets":         {sites(a, "signing_key {env.TEST_OTHER_SECRET}"), true},
		"another name":        {sites(a, b+"\nname x"), false},
		"one of three":        {sites(a+"\nname x separate", a) + strings.Replace(spending(b), "{{port}}", "{{port3}}", 1), true},
		"another file":        {sites(a, b+"\nstore file "+file), false},
		"one key":             {sites(a, a), false},
	} {
		err := edge.TryReload(tt.config)
		if (err != nil) != tt.refused {
			t.Errorf("%s: %v", name, err)
		}
		if tt.refused && err != nil && !strings.Contains(err.Error(), "share the store and the name") {
			t.Errorf("%s: %v, want one that tells what is wrong", name, err)
		}
		token = next(t, edge, token)
	}
}

// TestOneFileByTwoNames guards the same where one site names the store that the
// other is given by default, or names it in other words.
func TestOneFileByTwoNames(t *testing.T) {
	setTestKeys(t)
	implied := siteWith("signing_key {env.DJANGO_SECRET_KEY}", "rotate_refresh_tokens", "blacklist_after_rotation")
	edge := startEdge(t, implied)
	for _, named := range []string{"store file", patientStore} {
		named = strings.Replace(siteWith("algorithm ES256", "signing_key {env.TEST_P256}", named), "{{port}}", "{{port2}}", 1)
		if err := edge.TryReload(implied + named); err == nil || !strings.Contains(err.Error(), "share the store and the name") {
			t.Errorf("loading both: %v, want a refusal", err)
		}
	}
}
