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

// TestGrantsAreWithheld: a Django that accepts what the edge refused, since the two have
// other keys or another issuer, delivers nothing, and the log says so.
func TestGrantsAreWithheld(t *testing.T) {
	rel, p := conformance.MustSet("5.3"), conformance.Profiles()[1]
	django := serve(t, rel, p, "french", database(t, rel))
	versions, lines := rel.Versions().Lines(), slices.Clone(p.Caddyfile)
	for i, line := range lines {
		if strings.HasPrefix(line, "signing_key") {
			lines[i] = `signing_key "` + p.OtherKey + `"`
		}
	}
	w := witness.New(t, django)
	edge := edgetest.Start(t, quiet+site("key", w.Addr, slices.Concat(versions, lines)...)+
		site("issuer", w.Addr, slices.Concat(versions, p.Caddyfile, []string{"issuer https://other.example"})...))
	const each = 10
	began := time.Now()
	var granted []string
	for _, name := range []string{"key", "issuer"} {
		c := client{t: t, edge: address(edge, name), witness: w, django: django}
		for i := range each {
			token := p.Sign(claims(i+1, time.Hour).Payload())
			got := c.send(conformance.StoryRequest("refresh", token).Bytes())
			if got.asked != 1 || got.heard.Status != http.StatusOK {
				t.Fatalf("%s: Django was asked %d times and said %d: that proves nothing", name, got.asked, got.heard.Status)
			}
			if got.byBackend() || got.Status != http.StatusUnauthorized || got.Body != `{"detail":"Token is invalid or expired","code":"token_not_valid"}` {
				t.Errorf("%s: the client gets %d %s", name, got.Status, got.Body)
			}
			all := fmt.Sprint(got.header) + got.Body
			for text := range strings.SplitSeq(got.heard.Body, `"`) {
				if strings.Count(text, ".") == 2 {
					granted = append(granted, text)
					if strings.Contains(all, text) || strings.Contains(all, strings.Split(text, ".")[2]) {
						t.Errorf("%s: the client gets a token: %s", name, all)
					}
				}
			}
		}
		if want := fmt.Sprintf(`caddy_token_refresh_referred_total{endpoint="refresh",name="%s",result="accepted"} %d`, name, each); !strings.Contains(edge.Metrics(), want) {
			t.Errorf("the metrics have no %s", want)
		}
	}
	errors := 0
	for _, line := range edge.Logs() {
		if line.Text("level") == "error" && strings.HasPrefix(line.Text("msg"), "the backend accepted what the edge refused") {
			errors++
		}
	}
	if most := 2 * (1 + int(time.Since(began)/time.Second)); errors < 2 || errors > most { // one a second for each site
		t.Errorf("%d lines of Error, want 2 to %d", errors, most)
	}
	for _, token := range granted {
		if strings.Contains(edge.LogText(), token) {
			t.Error("the log has a token")
		}
	}
	if len(granted) != 4*each {
		t.Errorf("Django gave %d tokens, want %d", len(granted), 4*each)
	}
}

// claims are those of a refresh token.
func claims(user int, left time.Duration) conformance.Claims {
	return conformance.Claims{
		{Name: "token_type", Raw: `"refresh"`},
		{Name: "exp", Raw: fmt.Sprint(time.Now().Add(left).Unix())},
		{Name: "jti", Raw: fmt.Sprintf(`"%032x"`, user)},
		{Name: "user_id", Raw: fmt.Sprint(user)},
	}
}
