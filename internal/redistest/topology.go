// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package redistest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

const slots = 16384

// StartCluster runs a cluster of masters that share the slots evenly.
func StartCluster(t testing.TB, masters int, settings ...string) []*Server {
	t.Helper()
	nodes := make([]*Server, 0, masters)
	for i := range masters {
		n := Start(t, append([]string{
			"--cluster-enabled", "yes", "--cluster-node-timeout", "2000", "--cluster-config-file", "nodes.conf",
		}, settings...)...)
		n.Do("CLUSTER", "ADDSLOTSRANGE", strconv.Itoa(slots*i/masters), strconv.Itoa(slots*(i+1)/masters-1))
		n.Do("CLUSTER", "SET-CONFIG-EPOCH", strconv.Itoa(i+1))
		nodes = append(nodes, n)
	}
	for _, n := range nodes[1:] {
		n.Do("CLUSTER", "MEET", "127.0.0.1", nodes[0].Port)
	}
	Eventually(t, "the cluster is whole", func() bool {
		for _, n := range nodes {
			info := n.Do("CLUSTER", "INFO")
			if !strings.Contains(info, "cluster_state:ok") || !strings.Contains(info, fmt.Sprintf("cluster_size:%d", masters)) {
				return false
			}
		}
		return true
	})
	return nodes
}

// MasterName is what StartSentinel calls the master.
const MasterName = "tokens"

// StartReplica runs a replica of master and waits until it follows.
func StartReplica(t testing.TB, master *Server, settings ...string) *Server {
	t.Helper()
	s := Start(t, append([]string{"--replicaof", "127.0.0.1 " + master.Port, "--repl-diskless-sync-delay", "0"}, settings...)...)
	s.Eventually("the replica follows", func() bool {
		return strings.Contains(s.Try("INFO", "replication"), "master_link_status:up")
	})
	return s
}

// StartSentinel runs a sentinel that decides alone, and waits until it knows
// the master and one replica.
func StartSentinel(t testing.TB, master *Server) *Server {
	t.Helper()
	port := FreePort(t)
	s := &Server{Addr: "127.0.0.1:" + port, Port: port, Dir: t.TempDir(), t: t}
	config := filepath.Join(s.Dir, "sentinel.conf")
	lines := []string{
		"port " + port, "bind 127.0.0.1", "dir " + s.Dir, "logfile " + filepath.Join(s.Dir, "log"),
		"sentinel monitor " + MasterName + " 127.0.0.1 " + master.Port + " 1",
		"sentinel down-after-milliseconds " + MasterName + " 1000",
		"sentinel failover-timeout " + MasterName + " 5000",
	}
	if err := os.WriteFile(config, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s.args = []string{config, "--sentinel"}
	if _, err := exec.LookPath("redis-server"); err != nil {
		t.Fatal(err)
	}
	s.Launch()
	t.Cleanup(s.Stop)
	s.Eventually("the sentinel knows the replica", func() bool {
		return strings.Contains(s.Try("SENTINEL", "replicas", MasterName), "master-link-status\nok")
	})
	return s
}
