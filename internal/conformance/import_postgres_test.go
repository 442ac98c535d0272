// SPDX-License-Identifier: Apache-2.0

//go:build conformance && switching

package conformance_test

import (
	"testing"

	"github.com/caddyrefresh/caddyrefresh/internal/conformance"
	"github.com/caddyrefresh/caddyrefresh/internal/djangotest"
)

// djangotest imports this package, so only its external tests can have a server.
func init() {
	conformance.PostgresDatabases = func(t *testing.T, n int, statement string) (urls []string) {
		server := djangotest.Start(t, "postgres", false)
		for range n {
			database := server.Create(t, "")
			database.Must(t, statement)
			urls = append(urls, database.URL)
		}
		return urls
	}
}
