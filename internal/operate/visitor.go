// SPDX-License-Identifier: Apache-2.0

package operate

import (
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"github.com/caddyserver/caddy/v2"
)

// whileLoaded loads a configuration as caddy validate does, and calls f before Caddy
// unloads it. Caddy calls only modules of the configuration in between, so whileLoaded
// adds an app that calls f. It is registered in this process alone.
func whileLoaded(config []byte, f func(caddy.Context) error) error {
	var parsed *caddy.Config
	if err := caddy.StrictUnmarshalJSON(caddy.RemoveMetaFields(config), &parsed); err != nil {
		return fmt.Errorf("decoding the configuration: %w", err)
	}
	if parsed == nil {
		return errors.New("the configuration is empty")
	}
	if parsed.AppsRaw == nil {
		parsed.AppsRaw = make(caddy.ModuleMap)
	}
	v := theVisit()
	v.Lock()
	defer v.Unlock()
	v.f, v.err = f, nil
	defer func() { v.f = nil }()
	parsed.AppsRaw[visitorID] = json.RawMessage(`{}`)
	if err := caddy.Validate(parsed); v.err == nil {
		return err
	}
	return v.err // as f returned it
}

const visitorID = "token_refresh_check"

// visit holds the function that the next visitor calls, and its error.
type visit struct {
	sync.Mutex
	f   func(caddy.Context) error
	err error
}

// theVisit registers the visitor with the first call.
var theVisit = sync.OnceValue(func() *visit {
	v := new(visit)
	caddy.RegisterModule(visitor{v})
	return v
})

// visitor is a [caddy.App] that calls a function when all sites are loaded.
type visitor struct{ visit *visit }

// CaddyModule returns the Caddy module information.
func (v visitor) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: visitorID, New: func() caddy.Module { return &visitor{v.visit} }}
}

// Provision implements [caddy.Provisioner].
func (v *visitor) Provision(ctx caddy.Context) error {
	if _, err := ctx.AppIfConfigured("http"); err != nil && !errors.Is(err, caddy.ErrNotConfigured) {
		return err
	}
	v.visit.err = v.visit.f(ctx)
	return v.visit.err
}

// Start implements [caddy.App]. Nothing is started.
func (*visitor) Start() error { return nil }

// Stop implements [caddy.App].
func (*visitor) Stop() error { return nil }

// Interface guards
var (
	_ caddy.App         = (*visitor)(nil)
	_ caddy.Provisioner = (*visitor)(nil)
)
