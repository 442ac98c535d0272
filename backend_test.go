// SPDX-License-Identifier: Apache-2.0

package caddyrefresh

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/caddyrefresh/caddyrefresh/store"
)

// TestStoreIsToldOfTheBackend: a store that wants to know learns what the
// release writes and the column of user ids, defaults included, once for each site. What it refuses,
// the configuration is refused for. Guards that the django store writes the rows
// of the release that is named, since no request names one.
func TestStoreIsToldOfTheBackend(t *testing.T) {
	for _, tc := range []struct {
		name, version, field string
		want                 store.Backend
	}{
		{"nothing named", "", "", store.Backend{UserIDField: "id"}},
		{"both named", "simplejwt_version 5.5\n", "user_id_field public_id\n", store.Backend{UserIDField: "public_id", RecordsOwner: true, LooksUpOwner: true}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			shelf := newShelf(nil)
			shelf.Is.SeesUsers = true
			config := spending(shelf.line(), tc.field)
			startEdge(t, strings.Replace(config, "simplejwt_version 5.3\n", tc.version, 1))
			if diff := cmp.Diff([]store.Backend{tc.want}, shelf.backends); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
	shelf := newShelf(nil)
	shelf.Is.SeesUsers = true
	config := strings.ReplaceAll(spending(shelf.line(), `user_id_field "no such column"`), "{{port}}", "8080")
	adapted, err := adapt(config)
	if err != nil {
		t.Fatal(err)
	}
	if err := validate(adapted); err == nil || !strings.Contains(err.Error(), "store: there is no such column") {
		t.Errorf("a store that refuses the backend: %v", err)
	}
}
