// SPDX-License-Identifier: Apache-2.0

// Command caddyrefresh is Caddy with the token_refresh handler and every store
// compiled in.
package main

import (
	caddycmd "github.com/caddyserver/caddy/v2/cmd"
	_ "github.com/caddyserver/caddy/v2/modules/standard"

	_ "github.com/caddyrefresh/caddyrefresh"
	_ "github.com/caddyrefresh/caddyrefresh/store/djangostore"
	_ "github.com/caddyrefresh/caddyrefresh/store/redisstore"
)

func main() {
	caddycmd.Main()
}
