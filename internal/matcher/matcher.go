// SPDX-License-Identifier: Apache-2.0

// Package matcher checks whether the matcher of a directive lets a POST to every
// endpoint through.
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

// errUnclear says that the result of a matcher depends on the request.
var errUnclear = errors.New("the matcher depends on the request")

// Check returns set, the matcher of the directive, without its conditions on path and
// method. It is an error if one of these does not let a POST to each of paths through.
// They are dropped because the handler checks both itself, and because they would not
// match odd spellings of a path that the backend's server understands. Unclear says
// that another condition may still leave out one of paths.
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

// withoutPaths returns a condition without its parts on path and method, or nil if
// nothing is left.
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

// onlyPaths reports whether conditions of that name look at the path or the method
// alone, which the handler checks itself.
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

// leftOutByNot returns the first path for which all conditions of a set hold. A set
// that also has conditions of other kinds leaves out only some requests: errUnclear.
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

// matchesPath reports whether a condition holds for a POST to path. A condition on
// something else counts as one that holds.
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
