// SPDX-License-Identifier: Apache-2.0

package caddyrefresh

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/caddyrefresh/caddyrefresh/internal/djrestauth"
	"github.com/caddyrefresh/caddyrefresh/internal/stores"
	"github.com/caddyrefresh/caddyrefresh/internal/target"
)

const (
	// off switches an endpoint off, and stands for None where a claim is named.
	off = "off"

	defaultRefreshPath   = "/api/token/refresh"
	defaultBlacklistPath = "/api/token/blacklist"
)

// endpointPaths are the paths of the endpoints, without their trailing slashes.
type endpointPaths struct{ refresh, verify, blacklist, sliding, obtain, jwks, ready []string }

// provisionPaths checks the paths of the endpoints.
func (h *Handler) provisionPaths() (*endpointPaths, error) {
	var (
		taken = make(pathSet)
		paths endpointPaths
	)
	for _, endpoint := range []struct {
		setting string
		written []string
		into    *[]string
	}{
		{"refresh_path", h.refreshPath(), &paths.refresh},
		{"verify_path", h.VerifyPath, &paths.verify},
		{"blacklist_path", h.blacklistPath(h.ownStore()), &paths.blacklist},
		{"sliding_path", h.SlidingPath, &paths.sliding},
		{"obtain_path", h.obtainPath(), &paths.obtain},
	} {
		var err error
		if *endpoint.into, err = taken.add(endpoint.setting, endpoint.written); err != nil {
			return nil, err
		}
	}
	if len(taken) == 0 {
		return nil, fmt.Errorf("refresh_path is off and so is every other endpoint: name a path, or delete token_refresh")
	}
	var err error
	if paths.jwks, err = make(pathSet).add("jwks_path", h.JWKSPath); err != nil {
		return nil, err
	}
	// The others share a path by the method: keys are read by GET, tokens come by POST.
	for _, path := range paths.jwks {
		taken[path] = true
	}
	if paths.ready, err = taken.add("ready_path", h.ReadyPath); err != nil {
		return nil, err
	}
	return &paths, nil
}

func (h *Handler) refreshPath() []string {
	switch {
	case len(h.RefreshPath) > 0:
		return h.RefreshPath
	case h.DJRestAuth != nil:
		return []string{djrestauth.DefaultPath}
	default:
		return []string{defaultRefreshPath}
	}
}

// blacklistPath returns the paths of the blacklist endpoint. By default it is off
// without a store, and with the django store, since Django has the endpoint then. It is
// on where clients have their tokens in cookies, of which the backend knows nothing.
func (h *Handler) blacklistPath(ownStore bool) []string {
	if len(h.BlacklistPath) == 0 && (ownStore || h.Cookies != nil) {
		return []string{defaultBlacklistPath}
	}
	return h.BlacklistPath
}

// obtainPath returns the paths of the logins whose tokens go into cookies.
func (h *Handler) obtainPath() (paths []string) {
	if h.Cookies != nil {
		for _, login := range h.Cookies.Logins() {
			paths = append(paths, login.Path)
		}
	}
	return paths
}

// ownStore reports whether there is a store that is not Django's.
func (h *Handler) ownStore() bool { return h.store != nil && !h.store.Traits().SharesBackend }

// adaptedPaths returns the paths of the endpoints, with and without trailing slashes,
// as far as they are known before the handler is provisioned.
func (h *Handler) adaptedPaths() (paths []string) {
	ownStore := h.BlacklistAfterRotation
	if h.StoreRaw != nil {
		traits, known := stores.Traits(h.StoreRaw)
		ownStore = known && !traits.SharesBackend
	}
	for _, path := range slices.Concat(h.refreshPath(), h.VerifyPath, h.blacklistPath(ownStore), h.SlidingPath, h.obtainPath()) {
		if path = strings.TrimSuffix(path, "/"); path != off {
			paths = append(paths, path, path+"/")
		}
	}
	return paths
}

// pathSet holds the paths that are taken, without their trailing slashes.
type pathSet map[string]bool

// add returns the paths that a setting names, without their trailing slashes, or none
// if the setting is off.
func (taken pathSet) add(setting string, written []string) (paths []string, err error) {
	if slices.Contains(written, off) {
		if len(written) > 1 {
			return nil, fmt.Errorf("%s: off stands beside paths: write either off or the paths", setting)
		}
		return nil, nil
	}
	for _, p := range written {
		key := strings.TrimSuffix(p, "/")
		switch {
		case !strings.HasPrefix(p, "/"):
			return nil, fmt.Errorf("%s %q does not start with a slash: write a path such as %s", setting, p, defaultRefreshPath)
		case strings.ContainsAny(p, "*?#{}%"):
			return nil, fmt.Errorf("%s %q is not a plain path: write it exactly and decoded, without wildcards, placeholders or a query", setting, p)
		case path.Clean(p) != cmp.Or(key, "/"):
			return nil, fmt.Errorf("%s %q is not clean: write %s", setting, p, path.Clean(p))
		case strings.Count(p, "/") > target.MaxSegments:
			return nil, fmt.Errorf("%s %q has more than %d segments: write a shorter path", setting, p, target.MaxSegments)
		case taken[key]:
			return nil, fmt.Errorf("%s %q is named twice: each path belongs to one endpoint, with and without its trailing slash", setting, p)
		}
		taken[key] = true
		paths = append(paths, key)
	}
	return paths, nil
}
