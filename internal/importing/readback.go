// SPDX-License-Identifier: Apache-2.0

package importing

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"

	"github.com/caddyserver/caddy/v2/caddyconfig"
	_ "github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile" // the adapter
)

// ReadBack adapts the site and checks that its handler has the project's values. A
// Caddyfile replaces {$NAME} and {path} even in quotes, so a value with such text comes
// back changed.
func (v *Verdict) ReadBack() error {
	config, err := Adapt("caddyfile", []byte(v.Site))
	if err != nil {
		return fmt.Errorf("a value of the project cannot be written in a Caddyfile: %w", err)
	}
	handlers, blocks := Handlers(config), v.blocks()
	if len(handlers) != len(blocks) {
		return errors.New("a value of the project cannot be written in a Caddyfile: it breaks the site")
	}
	for i, block := range blocks {
		if err := block.readBack(handlers[i]); err != nil {
			return err
		}
	}
	return nil
}

// readBack checks one handler.
func (v *Verdict) readBack(handler map[string]any) error {
	for _, l := range v.lines {
		if !reflect.DeepEqual(handler[l.name], l.want) {
			return fmt.Errorf("the value of %s (%s) cannot be written in a Caddyfile, which reads placeholders in it: write this setting in JSON", l.name, l.from)
		}
	}
	block, _ := handler["dj_rest_auth"].(map[string]any)
	for _, l := range v.dj {
		if !reflect.DeepEqual(block[l.name], l.want) {
			return fmt.Errorf("the value of %s (%s) cannot be written in a Caddyfile, which reads placeholders in it: write this setting in JSON", l.name, l.from)
		}
	}
	if len(v.store) == 0 {
		return nil
	}
	store, _ := handler["store"].(map[string]any)
	if store["dsn"] != v.store[0].args[0] {
		return errors.New("the URL of the database cannot be written in a Caddyfile: write it into a variable of the environment")
	}
	for _, l := range v.store[1:] {
		if !reflect.DeepEqual(store[l.name], l.want) {
			return fmt.Errorf("the value of %s (%s) cannot be written in a Caddyfile, which reads placeholders in it: write this setting in JSON", l.name, l.from)
		}
	}
	return nil
}

// Adapt turns a configuration into JSON. It provisions nothing.
func Adapt(adapter string, text []byte) (any, error) {
	adapted := text
	if adapter != "" {
		known := caddyconfig.GetAdapter(adapter)
		if known == nil {
			return nil, fmt.Errorf("there is no adapter %q: write caddyfile", adapter)
		}
		var err error
		if adapted, _, err = known.Adapt(text, map[string]any{"filename": "Caddyfile"}); err != nil {
			return nil, err
		}
	}
	var config any
	if err := json.Unmarshal(adapted, &config); err != nil {
		return nil, fmt.Errorf("reading the configuration: %w", err)
	}
	return config, nil
}

// Handlers returns every token_refresh handler of a configuration.
func Handlers(config any) []map[string]any {
	var found []map[string]any
	switch c := config.(type) {
	case map[string]any:
		if c["handler"] == "token_refresh" {
			return []map[string]any{c}
		}
		for _, member := range c {
			found = append(found, Handlers(member)...)
		}
	case []any:
		for _, element := range c {
			found = append(found, Handlers(element)...)
		}
	}
	return found
}
