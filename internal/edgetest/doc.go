// SPDX-License-Identifier: Apache-2.0

// Package edgetest runs a real Caddy inside a test: it adapts a Caddyfile, loads
// it with caddy.Load, and offers what a test wants to know of a running edge,
// which is its answers, its log and its metrics.
//
//	edge := edgetest.Start(t, `
//		http://127.0.0.1:{{port}} {
//			respond "hello"
//		}
//	`)
//	res, err := edge.Client.Get(edge.URL + "/")
//
// Before it is parsed, `{{port}}` in the Caddyfile becomes a free loopback port,
// `{{port2}}`, `{{portupstream}}` and so on others, and `{{dir}}` a directory that
// goes away with the test. A reload keeps what they stand for.
//
// Caddy has one running configuration per process, so tests that use this
// package cannot be parallel.
package edgetest
