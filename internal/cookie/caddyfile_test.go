// SPDX-License-Identifier: Apache-2.0

package cookie

import (
	"encoding/json"
	"testing"

	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/google/go-cmp/cmp"
)

// FuzzSettings: a block that parses has settings that survive JSON, and whose cookies, if
// they validate, are such that net/http writes them.
func FuzzSettings(f *testing.F) {
	f.Add("cookies {\nobtain_path /api/token /login {\nrefresh a.b\naccess c\n}\nadopt\nsame_site lax\n}")
	f.Add("cookies {\nrefresh_cookie __Secure-r\naccess_cookie __Secure-a\ndomain example.com\n}")
	f.Add("cookies {\ninsecure off\nobtain_path off\n}")
	f.Add("cookies x")
	f.Fuzz(func(t *testing.T, block string) {
		d := caddyfile.NewTestDispenser(block)
		if !d.Next() {
			return
		}
		s, err := Parse(d)
		if err != nil {
			return
		}
		data, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		again := new(Settings)
		if err := json.Unmarshal(data, again); err != nil {
			t.Fatalf("%s: %v", data, err)
		}
		if diff := cmp.Diff(s, again); diff != "" {
			t.Error(diff)
		}
		if s.Validate() != nil {
			return
		}
		refresh, access := s.Cookies()
		if refresh.Clear() == "" || access != nil && access.Clear() == "" {
			t.Errorf("%s validates, and net/http does not write the cookie", block)
		}
	})
}
