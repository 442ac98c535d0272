// SPDX-License-Identifier: Apache-2.0

package caddyrefresh

import (
	"fmt"
	"path"
	"slices"
	"strings"
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
	h.endpoints = make(endpoints)
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
		if err := h.endpoints.add(e.setting, e.paths, &e.endpoint); err != nil {
			return err
		}
	}
	if len(h.endpoints) == 0 {
		return fmt.Errorf("refresh_path is off and so is every other endpoint: name a path, or delete token_refresh")
	}
	return nil
}

// blacklistPath is off where Django has the endpoint, and where nothing could
// be remembered.
func (h *Handler) blacklistPath() []string {
	if len(h.BlacklistPath) == 0 && h.store != nil && !h.store.Traits().SharesDjango {
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
		case es[key] != nil:
			return fmt.Errorf("%s %q is named twice: each path belongs to one endpoint, with and without its trailing slash", setting, p)
		}
		es[key] = e
	}
	return nil
}

// find returns the endpoint that p, a decoded path, belongs to. It is exact
// where p is spelled like the endpoint's path; otherwise something behind us
// might clean p up and answer in our stead.
func (es endpoints) find(p string) (e *endpoint, exact bool) {
	if e = es[strings.TrimSuffix(p, "/")]; e != nil {
		return e, true
	}
	if !odd(p) {
		return nil, false
	}
	// Regular expressions in a Django URLconf let $ match before a last newline.
	p = strings.TrimSuffix(p, "\n")
	return es[strings.TrimSuffix(path.Clean("/"+p), "/")], false
}

// odd says whether p may change when it is cleaned.
func odd(p string) bool {
	if p == "" || p[0] != '/' || p[len(p)-1] == '\n' {
		return true
	}
	for i := 1; i < len(p); i++ {
		if p[i-1] == '/' && (p[i] == '/' || p[i] == '.') {
			return true
		}
	}
	return false
}

// isPost says whether Django takes method for POST: it upper-cases what it gets.
func isPost(method string) bool {
	return method == "POST" || len(method) == len("POST") && strings.EqualFold(method, "POST")
}
