// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"strconv"

	"github.com/caddyrefresh/caddyrefresh/internal/release"
)

// rotation compares refreshes that rotate and spend, over HTTP and with each kind of
// store, with those of Django on a database of the same machine. All of them are
// durable before they answer. The servers are those of the stores' tests, so a
// benchmark of this package runs them.
func rotation(ctx context.Context, o options) ([]row, error) {
	tests, done, err := compileTests(ctx, "./internal/benchmarks", "-tags", "conformance")
	if err != nil {
		return nil, err
	}
	defer done()
	beside := "Django on PostgreSQL, gunicorn with 2 workers, SimpleJWT " + release.Newest().Version.String()
	kinds := []string{"file", "redis", "django"}
	rows := []row{
		{what: "rotation over HTTP, file store: requests/s", beside: beside, noTarget: true},
		{what: "rotation over HTTP, redis store, appendfsync always: requests/s", beside: beside, noTarget: true},
		{what: "rotation over HTTP, django store on the same server: requests/s", beside: beside, noTarget: true},
	}
	for i := range o.pairs {
		metrics, err := tests.metrics(ctx, "Rotation", []string{
			"PAIR=" + strconv.Itoa(i), "CONNECTIONS=" + strconv.Itoa(o.connections), "DJANGO_REQUESTS=" + strconv.Itoa(o.djangoRequests),
		})
		if err != nil {
			return nil, err
		}
		for j, kind := range kinds {
			rows[j].values = append(rows[j].values, metrics["of-django/"+kind])
			progress("%s store %.0f/s; Django %.0f/s", kind, metrics["edge/"+kind], metrics["django/"+kind])
		}
	}
	return rows, nil
}
