// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package check

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/caddyrefresh/caddyrefresh/internal/djangotest"
	"github.com/caddyrefresh/caddyrefresh/internal/redistest"
)

// rights are what docs/stores.md tells an operator to grant.
const rights = "~token_refresh:* +evalsha +eval +getex +get +set +del +pttl +time +ping +info +client|setname"

// TestRedis looks at a server as a user with the least rights, then with each right
// missing, and at mistakes around it.
func TestRedis(t *testing.T) {
	server := redistest.Start(t)
	server.Do("CONFIG", "SET", "maxmemory-policy", "noeviction")
	setUser := func(change string) {
		t.Helper()
		server.Do(append([]string{"ACL", "SETUSER", "edge"}, strings.Fields(change)...)...)
	}
	setUser("on >" + edgePassword + " " + rights)
	t.Setenv("CHECK_REDIS", edgePassword)
	settings := "signing_key {env.CHECK_KEY}\nstore redis " + server.Addr + " {\nusername edge\npassword {env.CHECK_REDIS}\n}"
	written := func() string {
		for line := range strings.Lines(server.Do("INFO", "persistence")) {
			if strings.HasPrefix(line, "rdb_changes_since_last_save:") {
				return strings.TrimSpace(line) + " " + server.Do("DBSIZE")
			}
		}
		t.Fatal("the server does not say how much was written")
		return ""
	}
	before := written()
	const answers = "ok: store redis answers and grants the rights that the edge needs (Redis)"
	wants(t, settings, "", answers)
	for _, who := range []string{"who may not ask", "who may ask"} {
		t.Run(who, func(t *testing.T) {
			for right, want := range map[string]string{
				"set":     "+set",
				"getex":   "+getex",
				"eval":    "+eval",
				"evalsha": "+evalsha",
				"time":    "+time",
			} {
				setUser("-" + right)
				got, failed := check(t, settings, "")
				if first := "wrong: store redis: the user edge lacks rights on HOST: run ACL SETUSER edge " + want + " there"; got[0] != first || !failed {
					t.Errorf("without %s: %q, want %q", right, got, first)
				}
				setUser("+" + right)
			}
			setUser("resetkeys ~other:*")
			wants(t, settings, "", "wrong: store redis: the user edge lacks rights on HOST: run ACL SETUSER edge ~token_refresh:* there")
			setUser("resetkeys ~token_refresh:*")
			wants(t, settings, "", answers)
		})
		setUser("+acl|dryrun")
	}
	setUser("-info")
	wants(t, settings, "", "note: store redis: the user may not run info, so it is not known whether HOST would evict records of spent tokens: "+
		"allow +info, or make sure that maxmemory-policy is noeviction", strings.TrimSuffix(answers, " (Redis)"))
	setUser("+info")
	server.Do("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
	wants(t, settings, "", "wrong: store redis: HOST may evict records of spent tokens, which would then be good again: its maxmemory-policy is allkeys-lru, set it to noeviction")
	server.Do("CONFIG", "SET", "maxmemory-policy", "noeviction")
	t.Setenv("CHECK_REDIS", "wrong")
	wants(t, settings, "", "wrong: store redis: WRONGPASS invalid username-password pair or user is disabled. (look at username and password)")
	if after := written(); after != before {
		t.Errorf("it has written: %s, then %s", before, after)
	}

	replica := redistest.Start(t, "--replicaof", "127.0.0.1 "+server.Port)
	wants(t, "signing_key {env.CHECK_KEY}\nstore redis "+replica.Addr, "",
		"wrong: store redis: HOST is a replica, which takes no writes: name the master, or use sentinel_master")
	wants(t, "signing_key {env.CHECK_KEY}\nstore redis 127.0.0.1:1", "", "wrong: store redis: dial tcp HOST: connect: connection refused (look at the address, and whether the server listens there)")
}

// TestRedisTopologies looks at a cluster and at a master that Sentinel watches, with
// a token, and writes to none of the servers.
func TestRedisTopologies(t *testing.T) {
	const answers = "ok: store redis answers and grants the rights that the edge needs (Redis)"
	token := login(t)
	nodes := redistest.StartCluster(t, 3, "--maxmemory-policy", "noeviction")
	spends := "signing_key {env.CHECK_KEY}\nrotate_refresh_tokens\nblacklist_after_rotation\nstore redis "
	wants(t, spends+nodes[1].Addr+" {\ncluster\n}", token, answers, signed, passes)
	nodes[0].Do("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
	const evicts = "wrong: store redis: HOST may evict records of spent tokens, which would then be good again: its maxmemory-policy is allkeys-lru, set it to noeviction"
	wants(t, spends+nodes[1].Addr+" {\ncluster\n}", "", evicts)
	got, failed := check(t, spends+nodes[1].Addr, token)
	if !failed || !strings.Contains(strings.Join(got, "\n"), "this is a cluster: add the line cluster") {
		t.Errorf("without the line cluster: %q", got)
	}

	master := redistest.Start(t)
	redistest.StartReplica(t, master)
	sentinel := redistest.StartSentinel(t, master)
	wants(t, spends+sentinel.Addr+" {\nsentinel_master "+redistest.MasterName+"\n}", token, answers, signed, passes)
	for _, server := range append(nodes, master) {
		if size := server.Do("DBSIZE"); size != "0" {
			t.Errorf("%s keys were written", size)
		}
	}
}

// login is a refresh token as Django hands it out.
func login(t *testing.T) string {
	t.Helper()
	now := time.Now().Unix()
	return djangotest.Sign(fmt.Sprintf(`{"token_type":"refresh","exp":%d,"iat":%d,"jti":"0123456789abcdef0123456789abcdef","user_id":"1"}`, now+3600, now))
}
