// SPDX-License-Identifier: Apache-2.0

package caddyrefresh

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/caddyserver/caddy/v2"

	"github.com/caddyrefresh/caddyrefresh/store"
)

// adaptedPaths are the endpoints' paths with and without their slashes, as far
// as the Caddyfile tells them.
func (h *Handler) adaptedPaths() (paths []string) {
	refresh := h.RefreshPath
	if len(refresh) == 0 {
		refresh = []string{defaultRefreshPath}
	}
	blacklist := h.BlacklistPath
	if len(blacklist) == 0 && h.adaptedStoreIsOurs() {
		blacklist = []string{defaultBlacklistPath}
	}
	for _, path := range slices.Concat(refresh, h.VerifyPath, blacklist) {
		if path = strings.TrimSuffix(path, "/"); path != off {
			paths = append(paths, path, path+"/")
		}
	}
	return paths
}

// adaptedStoreIsOurs says whether there will be a store that is not Django's.
func (h *Handler) adaptedStoreIsOurs() bool {
	if h.StoreRaw == nil {
		return h.BlacklistAfterRotation
	}
	var named struct {
		Type string `json:"type"`
	}
	_ = json.Unmarshal(h.StoreRaw, &named) // parseStore wrote it
	info, err := caddy.GetModule(storeNamespace + "." + named.Type)
	if err != nil {
		return false
	}
	s, ok := info.New().(store.Store)
	return ok && !s.Traits().SharesBackend
}
