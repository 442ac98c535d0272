// SPDX-License-Identifier: Apache-2.0

// Command edge is Caddy with token_refresh, its stores, and the handler that it is
// measured against.
package main

import (
	caddycmd "github.com/caddyserver/caddy/v2/cmd"
	_ "github.com/caddyserver/caddy/v2/modules/standard"

	_ "github.com/caddyrefresh/caddyrefresh"
	_ "github.com/caddyrefresh/caddyrefresh/internal/benchmarks/noop"
	_ "github.com/caddyrefresh/caddyrefresh/store/djangostore"
	_ "github.com/caddyrefresh/caddyrefresh/store/redisstore"
)

func main() {
	caddycmd.Main()
}
