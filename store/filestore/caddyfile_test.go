// SPDX-License-Identifier: Apache-2.0

package filestore

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2/caddyconfig"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
)

func TestUnmarshalCaddyfile(t *testing.T) {
	for in, want := range map[string]string{
		"file":                                `{"type":"file"}`,
		"file /var/lib/tokens.db":             `{"path":"/var/lib/tokens.db","type":"file"}`,
		"file {env.X}/t.db":                   `{"path":"{env.X}/t.db","type":"file"}`,
		"file {\n\ttimeout 1s\n}":             `{"timeout":1000000000,"type":"file"}`,
		"file a.db {\n\ttimeout 250ms\n}":     `{"path":"a.db","timeout":250000000,"type":"file"}`,
		"file a.db {\n}":                      `{"path":"a.db","type":"file"}`,
		"file a b":                            "store file takes one path",
		`file ""`:                             "path of the file store is empty",
		"file {\n\ttimeout\n}":                "timeout takes one duration",
		"file {\n\ttimeout 1s 2s\n}":          "timeout takes one duration",
		"file {\n\ttimeout 300\n}":            "timeout 300 has no unit: write 300ms",
		"file {\n\ttimeout -1s\n}":            "timeout -1s is out of range",
		"file {\n\ttimeout 1s\ntimeout 1s\n}": "timeout is given twice",
		"file {\n\tfsync off\n}":              "store file has no setting fsync",
	} {
		d := caddyfile.NewTestDispenser("store " + in)
		d.Next()
		d.NextArg() // the store's name, as the handler that reads `store` leaves it
		mod, err := caddyfile.UnmarshalModule(d, "http.token_refresh.stores.file")
		if err == nil {
			var got, wanted any
			_ = json.Unmarshal(caddyconfig.JSONModuleObject(mod, "type", "file", nil), &got)
			if json.Unmarshal([]byte(want), &wanted) != nil {
				t.Errorf("%q: no error, want %q", in, want)
				continue
			}
			g, _ := json.Marshal(got)
			if string(g) != want {
				t.Errorf("%q = %s, want %s", in, g, want)
			}
			continue
		}
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", in, err, want)
		}
	}
}
