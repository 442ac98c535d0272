// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package djangostore

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/caddyrefresh/caddyrefresh/internal/djangotest"
	"github.com/caddyrefresh/caddyrefresh/store"
)

// abandoned gives operations up in the middle, with others after the same token.
// Guards that a rotation is written as a whole or not at all: MariaDB carries out
// the rest of a message whose client is gone.
func (v *live) abandoned(t *testing.T) {
	p := v.project(t, djangotest.Project{Release: "5.5", Key: "text"})
	edges := []*Store{open(t, p, nil), open(t, p, nil)}
	now := time.Now().Unix()
	for i := range 400 {
		token := store.Token{JTI: fmt.Sprintf("%032x", i), IssuedAt: now, ExpiresAt: now + 1000, Text: "t", User: store.User{ID: "7", Kind: store.TextUser}}
		(&tables{p.Database.DB, v.kind == "postgres"}).login(t, token)
		var wg sync.WaitGroup
		for n := range 4 {
			wg.Go(func() {
				ctx, cancel := context.WithTimeout(context.Background(), time.Duration((i+n)%100*30)*time.Microsecond)
				defer cancel()
				_, _ = edges[n%2].Spend(ctx, spending(token, time.Hour))
			})
		}
		wg.Wait()
		a, err := edges[0].Spend(context.Background(), spending(token, time.Hour))
		if err != nil || !a.Verdict.Passes() {
			t.Errorf("round %d: Spend = %v, %v; want rotated or replayed", i, a.Verdict, err)
		}
	}
	spent := p.Database.Int(t, "SELECT count(*) FROM token_blacklist_blacklistedtoken")
	known := p.Database.Int(t, "SELECT count(*) FROM token_blacklist_outstandingtoken")
	if spent != 400 || known != 800 {
		t.Errorf("%d tokens spent and %d known, want 400 and 800", spent, known)
	}
}
