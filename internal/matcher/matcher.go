// SPDX-License-Identifier: Apache-2.0

// Package matcher judges the matcher that stands on a directive: whether it lets a
// POST to every endpoint through.
package matcher

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
)

// errUnclear is returned where only a request can tell what a matcher does.
var errUnclear = errors.New("the matcher depends on the request")

// Check returns set, the matcher on the directive, without its conditions on path
// and method. Each of them has to let a POST to every one of paths through. They
// are dropped then, because the handler looks at both itself, and they would also
// keep from it what servers take for such a POST. Unclear says that a condition
// may still leave one of them out.
func Check(set caddy.ModuleMap, paths []string) (kept caddy.ModuleMap, unclear bool, err error) {
	for name, raw := range set {
		leaves, err := leavesOut(name, raw, paths)
		if err != nil && !errors.Is(err, errUnclear) {
			return nil, false, err
		}
		if leaves != "" {
			return nil, false, fmt.Errorf("the matcher leaves out %s, a POST to which would reach the backend with its token: "+
				"delete the path from the matcher and use refresh_path, verify_path or blacklist_path", leaves)
		}
		if err != nil {
			unclear = true
		} else if raw = withoutPaths(name, raw); raw == nil {
			continue
		}
		if kept == nil {
			kept = make(caddy.ModuleMap)
		}
		kept[name] = raw
	}
	return kept, unclear, nil
}

// withoutPaths returns what is left of a condition that leaves no endpoint out,
// or nil.
func withoutPaths(name string, raw json.RawMessage) json.RawMessage {
	var sets []caddy.ModuleMap
	switch {
	case onlyPaths(name):
		return nil
	case name != "not" || json.Unmarshal(raw, &sets) != nil:
		return raw
	}
	sets = slices.DeleteFunc(sets, func(set caddy.ModuleMap) bool {
		return !slices.ContainsFunc(slices.Collect(maps.Keys(set)), func(name string) bool { return !onlyPaths(name) })
	})
	if len(sets) == 0 {
		return nil
	}
	return caddyconfig.JSON(sets, nil)
}

// onlyPaths reports whether conditions of that name look at nothing but what the
// handler looks at itself.
func onlyPaths(name string) bool { return name == "path" || name == "path_regexp" || name == "method" }

// leavesOut returns the first of paths that a condition does not let through.
func leavesOut(name string, raw json.RawMessage, paths []string) (string, error) {
	switch name {
	case "expression":
		return "", errUnclear
	case "not":
		var sets []caddy.ModuleMap
		if err := json.Unmarshal(raw, &sets); err != nil {
			return "", err
		}
		return leftOutByNot(sets, paths)
	}
	for _, path := range paths {
		if matches, err := matchesPath(name, raw, path); err != nil {
			return "", err
		} else if !matches {
			return path, nil
		}
	}
	return "", nil
}

// leftOutByNot: a path is left out where all conditions of a set hold for it. A
// set with conditions of other kinds as well leaves some requests out.
func leftOutByNot(sets []caddy.ModuleMap, paths []string) (string, error) {
	var unclear error
	for _, set := range sets {
		for _, path := range paths {
			all, conditions := true, 0
			for name, raw := range set {
				matches, err := matchesPath(name, raw, path)
				if err != nil {
					return "", err
				}
				all = all && matches
				if onlyPaths(name) {
					conditions++
				}
			}
			switch {
			case !all || conditions == 0:
			case conditions == len(set):
				return path, nil
			default:
				unclear = errUnclear
			}
		}
	}
	return "", unclear
}

// matchesPath asks a condition about a POST to path. One that looks at something
// else holds.
func matchesPath(name string, raw json.RawMessage, path string) (bool, error) {
	var matcher caddyhttp.RequestMatcherWithError
	switch name {
	case "method":
		m := new(caddyhttp.MatchMethod)
		if err := json.Unmarshal(raw, m); err != nil {
			return false, err
		}
		matcher = m
	case "path":
		m := new(caddyhttp.MatchPath)
		if err := json.Unmarshal(raw, m); err != nil {
			return false, err
		}
		if slices.ContainsFunc(*m, func(pattern string) bool { return strings.Contains(pattern, "{") }) {
			return false, errUnclear
		}
		if err := m.Provision(caddy.Context{}); err != nil {
			return false, err
		}
		matcher = m
	case "path_regexp":
		m := new(caddyhttp.MatchPathRE)
		if err := json.Unmarshal(raw, m); err != nil {
			return false, err
		}
		if err := m.Provision(caddy.Context{}); err != nil {
			return false, err
		}
		matcher = m
	default:
		return true, nil
	}
	ctx := context.WithValue(context.Background(), caddy.ReplacerCtxKey, caddy.NewEmptyReplacer())
	r := (&http.Request{Method: http.MethodPost, URL: &url.URL{Path: path}}).WithContext(ctx)
	return matcher.MatchWithError(r)
}
