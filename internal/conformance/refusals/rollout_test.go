// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package refusals

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/caddyrefresh/caddyrefresh/internal/conformance"
	"github.com/caddyrefresh/caddyrefresh/internal/conformance/witness"
	"github.com/caddyrefresh/caddyrefresh/internal/edgetest"
)

// TestRollout: at 30% the project words the refusals of every session, and is asked
// once about each. Those of the edge's share are referred, and the rest is compared. The
// token refused is an access token, whose user is known, since an expired one is the
// project's whatever the share.
func TestRollout(t *testing.T) {
	const users = 100
	rel, p := conformance.MustSet("5.3"), conformance.Profiles()[1]
	django := serve(t, rel, p, "french", database(t, rel))
	w := witness.New(t, django)
	edge := edgetest.Start(t, quiet+site("share", w.Addr, slices.Concat(rel.Versions().Lines(), p.Caddyfile, []string{"rollout 30%"})...))
	c := client{t: t, edge: address(edge, "share"), witness: w, django: django}
	here := 0
	for user := range users {
		answer, _, err := conformance.Send(c.edge, conformance.StoryRequest("refresh", p.Sign(claims(user+1, time.Hour).Payload())).Bytes())
		if err != nil || answer.Status != http.StatusOK {
			t.Fatalf("%d %v", answer.Status, err)
		}
		before, _ := w.Latest()
		ours := before == 2*user-here
		if ours {
			here++
		}
		raw := conformance.StoryRequest("refresh", p.Sign(claims(user+1, time.Hour).With("token_type", `"access"`).Payload())).Bytes()
		refused, header, err := conformance.Send(c.edge, raw)
		if err != nil {
			t.Fatal(err)
		}
		after, heard := w.Latest()
		want := c.ask(raw)
		if diff := want.Diff(&refused); diff != "" || after-before != 1 || heard.Diff(&refused) != "" || header.Get("Via") == "" {
			t.Errorf("user %d, of the edge's share: %v: asked %d times: %s", user, ours, after-before, diff)
		}
	}
	referred := fmt.Sprintf(`caddy_token_refresh_referred_total{endpoint="refresh",name="share",result="refused"} %d`, here)
	if metrics := edge.Metrics(); here < users/8 || here > users/2 || strings.Count(metrics, referred+"\n") != 1 || !strings.Contains(metrics, `compared_total{endpoint="refresh",name="share",result="differs"} 0`) {
		t.Errorf("%d of %d users are the edge's, want 30%%; the metrics should have %s", here, users, referred)
	}
}
