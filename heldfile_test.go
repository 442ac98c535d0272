// SPDX-License-Identifier: Apache-2.0

package caddyrefresh

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"

	"github.com/caddyrefresh/caddyrefresh/store"
	"github.com/caddyrefresh/caddyrefresh/store/filestore"
)

// heldFile holds the file of a token store as another process would, and makes it
// where it is missing: the lock belongs to whoever opened the file, and under
// another name of it nothing is shared. It fails the test where somebody else
// holds the file. other is that other name.
func heldFile(t *testing.T, path string) (other string, release func()) {
	t.Helper()
	other = path + ".other"
	mine := path
	if _, err := os.Stat(path); err == nil {
		link(t, path, other)
		mine = other
	}
	holder := &filestore.Store{Path: mine, Timeout: caddy.Duration(10 * time.Second)}
	ctx, cancel := caddy.NewContext(caddy.Context{Context: context.Background()})
	if err := holder.Provision(ctx); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		_, err := holder.Check(ctx, &store.Check{Token: store.Token{JTI: "held"}})
		if err == nil {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("the file is in other hands: %v", err)
		}
	}
	if mine == path {
		link(t, path, other)
	}
	return other, func() {
		t.Helper()
		cancel()
		if err := holder.Cleanup(); err != nil {
			t.Fatal(err)
		}
	}
}

func link(t *testing.T, from, to string) {
	t.Helper()
	if err := os.Link(from, to); err != nil {
		t.Fatal(err)
	}
}
