// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package conformance

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/caddyrefresh/caddyrefresh/internal/freeport"
)

// BuildEdge builds the edge below dir and returns the binary's path.
func BuildEdge(ctx context.Context, dir string) (string, error) {
	binary := filepath.Join(dir, "caddyrefresh")
	cmd := exec.CommandContext(ctx, "go", "build", "-o", binary, "./caddyrefresh")
	cmd.Dir = filepath.Join(Dir(), "..", "..")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building the edge: %w\n%s", err, out)
	}
	return binary, nil
}

// Site is one configuration of the edge, in front of a Django.
type Site struct {
	Profile Profile
	Django  string // address
	Addr    string // address of the edge; Edge sets it
}

// Edge starts the edge with a site for each profile, each on a port of its own.
// What it keeps goes below dir.
func Edge(rel *Set, binary, dir string, sites []Site) (*Server, error) {
	var config strings.Builder
	config.WriteString("{\n\tadmin off\n\tauto_https off\n\tpersist_config off\n}\n")
	for i := range sites {
		s := &sites[i]
		var err error
		if s.Addr, err = freeport.Addr(); err != nil {
			return nil, err
		}
		_, port, _ := strings.Cut(s.Addr, ":")
		fmt.Fprintf(&config, "http://:%s {\n\tbind 127.0.0.1\n\ttoken_refresh {\n", port)
		for _, line := range slices.Concat(rel.lines(), s.Profile.Caddyfile) {
			config.WriteString("\t\t" + line + "\n")
		}
		fmt.Fprintf(&config, "\t}\n\treverse_proxy %s\n}\n", s.Django)
	}
	path := filepath.Join(dir, "Caddyfile-"+rel.Name)
	if err := os.WriteFile(path, []byte(config.String()), 0o600); err != nil {
		return nil, err
	}
	cmd := exec.Command(binary, "run", "--config", path, "--adapter", "caddyfile")
	cmd.Env = append(os.Environ(), "XDG_CONFIG_HOME="+dir, "XDG_DATA_HOME="+dir)
	return Start(cmd, sites[len(sites)-1].Addr)
}

// lines returns what the edge is told of the set's versions.
func (s *Set) lines() []string {
	if s.Assumes {
		return s.Installed.Lines()[:1]
	}
	return s.Installed.Lines()
}
