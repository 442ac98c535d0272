// SPDX-License-Identifier: Apache-2.0

// Command ratelimit is Caddy with the token_refresh handler and caddy-ratelimit. Its
// Caddyfile limits how often a client address may refresh.
package main

import (
	caddycmd "github.com/caddyserver/caddy/v2/cmd"
	_ "github.com/caddyserver/caddy/v2/modules/standard"
	_ "github.com/mholt/caddy-ratelimit"

	_ "github.com/caddyrefresh/caddyrefresh"
)

func main() {
	caddycmd.Main()
}
