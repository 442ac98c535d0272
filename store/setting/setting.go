// SPDX-License-Identifier: Apache-2.0

// Package setting reads the values of settings, for the handler and for stores of
// any author: arguments in a Caddyfile, placeholders, secrets and bounds. Its
// errors say what to write instead, and none of them quotes a secret.
package setting

import (
	"slices"
	"strconv"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/dustin/go-humanize"
)

// Each calls read for each subdirective of the block that follows, with its
// name. One that is given twice is refused, unless it is repeatable.
func Each(d *caddyfile.Dispenser, read func(name string) error, repeatable ...string) error {
	seen := make(map[string]bool)
	for nesting := d.Nesting(); d.NextBlock(nesting); {
		name := d.Val()
		if seen[name] && !slices.Contains(repeatable, name) {
			return d.Errf("%s is given twice: keep one line", name)
		}
		seen[name] = true
		if err := read(name); err != nil {
			return err
		}
	}
	return nil
}

// NoBlock refuses a block behind a subdirective that takes none.
func NoBlock(d *caddyfile.Dispenser, name string) error {
	if d.NextBlock(d.Nesting()) {
		return d.Errf("%s takes no block: delete the braces after it", name)
	}
	return nil
}

// Text reads one value that is not empty. It refuses Python code that was copied from
// settings.py.
func Text(d *caddyfile.Dispenser, into *string) error {
	name := d.Val()
	if !d.AllArgs(into) || *into == "" {
		return d.Errf("%s takes one value: write %s <value>, in quotes if it has spaces", name, name)
	}
	if wrong := pythonText(name, *into); wrong != "" {
		return d.Err(wrong)
	}
	return nil
}

// Secret reads one value that is not empty, and should be a placeholder.
func Secret(d *caddyfile.Dispenser, into *string) error {
	name := d.Val()
	if !d.AllArgs(into) || *into == "" {
		return d.Errf("%s takes one value: write %s {env.NAME} or %s {file./path}, and check whether a {$NAME} was empty", name, name, name)
	}
	if wrong := python(name, *into); wrong != "" {
		return d.Err(wrong)
	}
	return nil
}

// Texts reads one or more values.
func Texts(d *caddyfile.Dispenser, into *[]string) error {
	name := d.Val()
	if *into = d.RemainingArgs(); len(*into) == 0 {
		return d.Errf("%s takes one or more values: write %s <values...>, or delete the line for the default", name, name)
	}
	for _, value := range *into {
		if wrong := pythonText(name, value); wrong != "" {
			return d.Err(wrong)
		}
	}
	return nil
}

// Switch reads on, off, or nothing for on.
func Switch(d *caddyfile.Dispenser, into *bool) error {
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

// Number reads a whole number from least to most.
func Number(d *caddyfile.Dispenser, into *int, least, most int) error {
	name := d.Val()
	var text string
	if err := Text(d, &text); err != nil {
		return err
	}
	number, err := strconv.Atoi(text)
	if err != nil || number < least || number > most {
		return d.Errf("%s %q is out of range: write a number from %d to %d", name, text, least, most)
	}
	*into = number
	return nil
}

// Duration reads a duration with its unit.
func Duration(d *caddyfile.Dispenser, into *caddy.Duration) error {
	return duration(d, into, "s for seconds", "30s, 5m, 12h or 1d")
}

func duration(d *caddyfile.Dispenser, into *caddy.Duration, unit, examples string) error {
	name := d.Val()
	var text string
	if !d.AllArgs(&text) {
		return d.Errf("%s takes one duration: write a number with a unit, such as %s", name, examples)
	}
	duration, err := caddy.ParseDuration(text)
	if err == nil {
		*into = caddy.Duration(duration)
		return nil
	}
	if _, number := strconv.ParseFloat(text, 64); number == nil {
		return d.Errf("%s %s has no unit: write %s%s", name, text, text, unit)
	}
	return d.Errf("%s %q is not a duration: write a number with a unit, such as %s", name, text, examples)
}

// Size reads a number of bytes with its unit.
func Size(d *caddyfile.Dispenser, into *int64) error {
	name := d.Val()
	var text string
	if !d.AllArgs(&text) {
		return d.Errf("%s takes one size: write a number with a unit, such as 64KiB", name)
	}
	size, err := humanize.ParseBytes(text)
	if err != nil || size == 0 || size > 1<<62 {
		return d.Errf("%s %q is not a size: write a number with a unit, such as 64KiB", name, text)
	}
	*into = int64(size)
	return nil
}
