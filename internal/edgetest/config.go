// SPDX-License-Identifier: Apache-2.0

package edgetest

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"regexp"
	"strconv"
	"sync"
	"testing"

	"github.com/caddyserver/caddy/v2/caddyconfig"

	"github.com/caddyrefresh/caddyrefresh/internal/freeport"
)

// Adapt returns the JSON that caddyfile stands for, as `caddy adapt` prints it,
// on one line. The placeholders of this package are not replaced.
func Adapt(caddyfile string) ([]byte, error) {
	adapter := caddyconfig.GetAdapter("caddyfile")
	adapted, _, err := adapter.Adapt([]byte(caddyfile), map[string]any{"filename": "Caddyfile"})
	return adapted, err
}

// complete adds to a config what keeps an edge to itself: an admin endpoint of
// its own, certificates below the test's directory, nothing saved for --resume,
// and each log kept in memory, down to debug unless it says otherwise.
func (e *Edge) complete(adapted []byte) ([]byte, error) {
	var config map[string]any
	if err := json.Unmarshal(adapted, &config); err != nil {
		return nil, fmt.Errorf("reading the adapted config: %w", err)
	}
	config["admin"] = map[string]any{
		"listen": "127.0.0.1:" + e.admin,
		"config": map[string]any{"persist": false},
	}
	if config["storage"] == nil {
		config["storage"] = map[string]any{
			"module": "file_system",
			"root":   filepath.Join(e.names.value("dir"), "storage"),
		}
	}
	logs := object(object(config, "logging"), "logs")
	object(logs, "default")
	for name := range logs {
		log := object(logs, name)
		log["writer"] = map[string]any{"output": memoryOutput}
		if log["encoder"] == nil {
			log["encoder"] = map[string]any{"format": "json"}
		}
		if log["level"] == nil {
			log["level"] = "DEBUG"
		}
	}
	return json.Marshal(config)
}

// object returns the object at name in parent, a new one if there is none.
func object(parent map[string]any, name string) map[string]any {
	child, ok := parent[name].(map[string]any)
	if !ok {
		child = make(map[string]any)
		parent[name] = child
	}
	return child
}

var placeholder = regexp.MustCompile(`\{\{(dir|port[a-z0-9]*)\}\}`)

// names holds what the placeholders of one test stand for.
type names struct {
	t      testing.TB
	mu     sync.Mutex
	values map[string]string
}

func newNames(t testing.TB, dir string) *names {
	return &names{t: t, values: map[string]string{"dir": dir}}
}

func (n *names) value(name string) string {
	n.t.Helper()
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.values[name] == "" {
		port, err := freeport.Take()
		if err != nil {
			n.t.Fatal(err)
		}
		n.values[name] = strconv.Itoa(port)
	}
	return n.values[name]
}

func (n *names) ports() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	var ports []string
	for name, value := range n.values {
		if name != "dir" {
			ports = append(ports, value)
		}
	}
	return ports
}

func (n *names) replace(caddyfile string) string {
	return placeholder.ReplaceAllStringFunc(caddyfile, func(s string) string {
		return n.value(placeholder.FindStringSubmatch(s)[1])
	})
}
