// SPDX-License-Identifier: Apache-2.0

package caddyrefresh

import (
	"encoding/json"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"

	"github.com/caddyrefresh/caddyrefresh/store"
)

// parsePreviousKey takes a key and, where it is not the handler's, its algorithm.
func parsePreviousKey(d *caddyfile.Dispenser, into *[]PreviousKey) error {
	args := d.RemainingArgs()
	if len(args) == 0 || len(args) > 2 || args[0] == "" {
		return d.Err("previous_key takes a key and at most an algorithm: write previous_key {env.NAME} [<algorithm>]")
	}
	key := PreviousKey{Key: args[0]}
	if len(args) == 2 {
		key.Algorithm = args[1]
	}
	*into = append(*into, key)
	return nil
}

// parseName takes a name, and the word that lets it stand beside others.
func parseName(d *caddyfile.Dispenser, h *Handler) error {
	args := d.RemainingArgs()
	if len(args) == 0 || len(args) > 2 || args[0] == "" || len(args) == 2 && args[1] != "separate" {
		return d.Err("name takes one value, in quotes if it has spaces, and at most the word separate: write name <text> [separate]")
	}
	h.Name, h.Separate = args[0], len(args) == 2
	return nil
}

// storeNamespace is where stores are registered.
const storeNamespace = "http.token_refresh.stores"

// parseStore hands the rest to the store that is named.
func parseStore(d *caddyfile.Dispenser, into *json.RawMessage) error {
	if !d.NextArg() {
		return d.Err("store takes the name of a store: write store file, store redis <addresses...> or store django <dsn>")
	}
	name := d.Val()
	if _, err := caddy.GetModule(storeNamespace + "." + name); err != nil {
		return d.Errf("store %s is not known to this Caddy: write file, redis or django, and look whether Caddy was built with its package", name)
	}
	module, err := caddyfile.UnmarshalModule(d, storeNamespace+"."+name)
	if err != nil {
		return err
	}
	if _, ok := module.(store.Store); !ok {
		return d.Errf("store %s is a %T, which is no store.Store: name another one", name, module)
	}
	*into = caddyconfig.JSONModuleObject(module, "type", name, nil)
	return nil
}
