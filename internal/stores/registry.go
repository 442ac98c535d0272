// SPDX-License-Identifier: Apache-2.0

package stores

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"

	"github.com/caddyrefresh/caddyrefresh/store"
)

const (
	// Namespace is where stores are registered as Caddy modules.
	Namespace = "http.token_refresh.stores"

	// Default is the module of the store that is used if one is needed and none is
	// named.
	Default = Namespace + ".file"
)

// Parse reads the line and the block of a store in a Caddyfile, by the grammar of
// the store that is named, and returns its JSON.
func Parse(d *caddyfile.Dispenser) (json.RawMessage, error) {
	if !d.NextArg() {
		return nil, d.Errf("store takes the name of a store: write one that this Caddy has, which are %s, or build Caddy with the package of the store", known())
	}
	name := d.Val()
	if err := Registered(name); err != nil {
		return nil, d.Err(err.Error())
	}
	module, err := caddyfile.UnmarshalModule(d, Namespace+"."+name)
	if err != nil {
		return nil, err
	}
	if _, ok := module.(store.Store); !ok {
		return nil, d.Errf("store %s is a %T, which is not a store.Store: name another one", name, module)
	}
	return caddyconfig.JSONModuleObject(module, "type", name, nil), nil
}

// ours are the packages of this project's stores that have to be built into Caddy by
// name.
var ours = map[string]string{
	"redis":  "github.com/caddyrefresh/caddyrefresh/store/redisstore",
	"django": "github.com/caddyrefresh/caddyrefresh/store/djangostore",
}

// Registered returns an error if this Caddy has no store of that name. The error has the
// command that builds a Caddy with it.
func Registered(name string) error {
	if _, err := caddy.GetModule(Namespace + "." + name); err == nil {
		return nil
	}
	if strings.ContainsAny(name, "/:@") {
		return errors.New("store begins with the name of a store: write store file <path>, store redis <address> or store django <dsn>")
	}
	if ours[name] != "" {
		return fmt.Errorf("store %s is not in this Caddy, which has %s: build one that has it with "+
			"`xcaddy build --with github.com/caddyrefresh/caddyrefresh --with %s`", name, known(), ours[name])
	}
	return fmt.Errorf("store %s is not known to this Caddy, which has %s: write one of these, or build Caddy with the package of the store", name, known())
}

// CheckJSON refuses a store in JSON that is no object, or of a type that this Caddy
// does not have.
func CheckJSON(raw json.RawMessage) error {
	var named struct {
		Type string `json:"type"`
	}
	if err := json.Unmarshal(raw, &named); err != nil || named.Type == "" {
		return fmt.Errorf(`store is an object with its type in JSON: write "store": {"type": "file"}, or another of %s`, known())
	}
	return Registered(named.Type)
}

// known lists the stores that are registered.
func known() string {
	modules := caddy.GetModules(Namespace)
	names := make([]string, len(modules))
	for i, module := range modules {
		names[i] = module.ID.Name()
	}
	return strings.Join(names, ", ")
}

// Traits returns the traits of the store that raw names, before it is provisioned, or
// false if there is none of that name.
func Traits(raw json.RawMessage) (store.Traits, bool) {
	var named struct {
		Type string `json:"type"`
	}
	_ = json.Unmarshal(raw, &named) // JSON that is no object names no store
	info, err := caddy.GetModule(Namespace + "." + named.Type)
	if err != nil {
		return store.Traits{}, false
	}
	s, ok := info.New().(store.Store)
	if !ok {
		return store.Traits{}, false
	}
	return s.Traits(), true
}
