// SPDX-License-Identifier: Apache-2.0

package caddyrefresh

import (
	"encoding/json"
	"strconv"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/dustin/go-humanize"

	"github.com/caddyrefresh/caddyrefresh/store"
)

func parseText(d *caddyfile.Dispenser, into *string) error {
	name := d.Val()
	if !d.AllArgs(into) || *into == "" {
		return d.Errf("%s takes one value: write %s <value>, in quotes if it has spaces", name, name)
	}
	return nil
}

// parseSecret is parseText with errors that never quote what is there.
func parseSecret(d *caddyfile.Dispenser, into *string) error {
	name := d.Val()
	if !d.AllArgs(into) || *into == "" {
		return d.Errf("%s takes one value: write %s {env.NAME} or %s {file./path}, and look whether a {$NAME} was empty", name, name, name)
	}
	return nil
}

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

func parseTexts(d *caddyfile.Dispenser, into *[]string) error {
	name := d.Val()
	if *into = d.RemainingArgs(); len(*into) == 0 {
		return d.Errf("%s takes one or more values: write %s <values...>, or delete the line for the default", name, name)
	}
	return nil
}

// parseSwitch takes on, off, or nothing for on.
func parseSwitch(d *caddyfile.Dispenser, into *bool) error {
	name := d.Val()
	switch args := d.RemainingArgs(); {
	case len(args) == 0, len(args) == 1 && args[0] == "on":
		*into = true
	case len(args) == 1 && args[0] == "off":
		*into = false
	default:
		return d.Errf("%s takes on or off: write %s, or %s off", name, name, name)
	}
	return nil
}

func parseDuration(d *caddyfile.Dispenser, into *caddy.Duration) error {
	name := d.Val()
	var text string
	if !d.AllArgs(&text) {
		return d.Errf("%s takes one duration: write %s 5m, say", name, name)
	}
	duration, err := caddy.ParseDuration(text)
	if err == nil {
		*into = caddy.Duration(duration)
		return nil
	}
	if _, number := strconv.ParseFloat(text, 64); number == nil {
		return d.Errf("%s %s has no unit: write %ss for seconds", name, text, text)
	}
	return d.Errf("%s %q is no duration: write a number with a unit, such as 30s, 5m, 12h or 1d", name, text)
}

func parseSize(d *caddyfile.Dispenser, into *int64) error {
	name := d.Val()
	var text string
	if !d.AllArgs(&text) {
		return d.Errf("%s takes one size: write %s 64KiB, say", name, name)
	}
	size, err := humanize.ParseBytes(text)
	if err != nil || size == 0 || size > 1<<62 {
		return d.Errf("%s %q is no size: write a number with a unit, such as 64KiB", name, text)
	}
	*into = int64(size)
	return nil
}
