// SPDX-License-Identifier: Apache-2.0

package caddyrefresh

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/caddyrefresh/caddyrefresh/internal/target"
)

// off is the value that switches an endpoint off.
const off = "off"

// endpoint is one of SimpleJWT's views.
type endpoint struct {
	name    string // of the view: refresh, verify or blacklist
	field   string // of the serializer that holds the token
	metrics *endpointMetrics
}

// endpoints holds each endpoint by its paths without a trailing slash.
type endpoints map[string]*endpoint

func (h *Handler) provisionEndpoints() error {
	all := make(endpoints)
	refreshPath := h.RefreshPath
	if len(refreshPath) == 0 {
		refreshPath = []string{defaultRefreshPath}
	}
	for _, e := range []struct {
		setting string
		paths   []string
		endpoint
	}{
		{"refresh_path", refreshPath, endpoint{name: "refresh", field: "refresh"}},
		{"verify_path", h.VerifyPath, endpoint{name: "verify", field: "token"}},
		{"blacklist_path", h.blacklistPath(), endpoint{name: "blacklist", field: "refresh"}},
	} {
		e.metrics = newEndpointMetrics(h.Name, e.name)
		if err := all.add(e.setting, e.paths, &e.endpoint); err != nil {
			return err
		}
	}
	if len(all) == 0 {
		return fmt.Errorf("refresh_path is off and so is every other endpoint: name a path, or delete token_refresh")
	}
	h.router = newRouter(all)
	return nil
}

// blacklistPath is off where Django has the endpoint, and where nothing could
// be remembered.
func (h *Handler) blacklistPath() []string {
	if len(h.BlacklistPath) == 0 && h.store != nil && !h.store.Traits().SharesBackend {
		return []string{defaultBlacklistPath}
	}
	return h.BlacklistPath
}

func (es endpoints) add(setting string, paths []string, e *endpoint) error {
	if slices.Contains(paths, off) {
		if len(paths) > 1 {
			return fmt.Errorf("%s: off stands beside paths: write either off or the paths", setting)
		}
		return nil
	}
	for _, p := range paths {
		key := strings.TrimSuffix(p, "/")
		switch {
		case !strings.HasPrefix(p, "/"):
			return fmt.Errorf("%s %q does not start with a slash: write a path such as %s", setting, p, defaultRefreshPath)
		case strings.ContainsAny(p, "*?#{}%"):
			return fmt.Errorf("%s %q is not a plain path: write it exactly and decoded, without wildcards, placeholders or a query", setting, p)
		case path.Clean(p) != or(key, "/"):
			return fmt.Errorf("%s %q is not clean: write %s", setting, p, path.Clean(p))
		case strings.Count(p, "/") > target.MaxSegments:
			return fmt.Errorf("%s %q has more than %d segments: write a shorter path", setting, p, target.MaxSegments)
		case es[key] != nil:
			return fmt.Errorf("%s %q is named twice: each path belongs to one endpoint, with and without its trailing slash", setting, p)
		}
		es[key] = e
	}
	return nil
}

// isPost says whether Django takes method for POST: it upper-cases what it gets.
func isPost(method string) bool {
	return method == "POST" || len(method) == len("POST") && strings.EqualFold(method, "POST")
}
