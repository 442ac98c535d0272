// SPDX-License-Identifier: Apache-2.0

package djangostore

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/caddyrefresh/caddyrefresh/store"
)

// TestLocation: traces name the database, and the server if there is only one, and
// nothing that the edge logs in with.
func TestLocation(t *testing.T) {
	cleanEnvironment(t)
	for _, tc := range []struct {
		url, schema string
		want        store.Location
	}{
		{"postgres://edge:secret@db.internal/shop", "", store.Location{System: "postgresql", Namespace: "shop", Address: "db.internal", Port: 5432}},
		{"postgres://edge:secret@db.internal:5433/shop", "eu", store.Location{System: "postgresql", Namespace: "shop|eu", Address: "db.internal", Port: 5433}},
		{"postgres://edge:secret@/shop?host=a,b", "", store.Location{System: "postgresql", Namespace: "shop"}},
		{"postgres://edge:secret@/shop?host=/run/postgresql", "", store.Location{System: "postgresql", Namespace: "shop", Address: "/run/postgresql", Port: 5432}},
		{"mysql://edge:secret@db.internal/shop", "", store.Location{System: "mysql", Namespace: "shop", Address: "db.internal", Port: 3306}},
		{"mysql://edge:secret@db.internal:3307/shop", "eu", store.Location{System: "mysql", Namespace: "eu", Address: "db.internal", Port: 3307}},
		{"sqlite:////srv/db.sqlite3", "", store.Location{System: "sqlite", Namespace: "/srv/db.sqlite3"}},
	} {
		engine, _, err := parseDSN(tc.url)
		if err != nil {
			t.Errorf("%s: %v", tc.url, err)
			continue
		}
		if diff := cmp.Diff(tc.want, engine.location(tc.schema)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tc.url, diff)
		}
	}
}
