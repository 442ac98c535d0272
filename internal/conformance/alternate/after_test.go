// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package alternate

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/caddyrefresh/caddyrefresh/internal/conformance"
	"github.com/caddyrefresh/caddyrefresh/internal/djangotest"
)

// samples is how many tokens of a kind are shown to both once more.
const samples = 40

// refusedByBoth shows tokens that Django or the edge blacklisted to Django and to
// the edge, and wants no answer but that.
func (r *run) refusedByBoth() {
	shown := map[string]int{}
	for _, s := range r.sequences {
		for _, t := range s.tokens {
			if t.shared == "" || t.killer == "" || shown[t.killer] == samples {
				continue
			}
			shown[t.killer]++
			for server, addr := range map[string]string{"Django": r.django, "edge": r.edge} {
				for _, what := range []string{"refresh", "verify"} {
					want := blacklisted(what)
					got, err := ask(addr, what, t.shared)
					if err != nil {
						r.Fatal(err)
					}
					if diff := r.profile.Compare(&want, &got); diff != "" {
						r.Errorf("a token that the %s blacklisted, shown to %s of the %s: %s", t.killer, what, server, diff)
					}
				}
			}
		}
	}
	if shown["Django"] == 0 || shown["edge"] == 0 {
		r.Errorf("blacklisted tokens shown: %v, want some of both", shown)
	}
}

// shownByAdmin looks a token that the edge spent up in Django's admin.
func (r *run) shownByAdmin() {
	for _, s := range r.sequences {
		for _, t := range s.tokens {
			if t.shared == "" || t.killer != "edge" {
				continue
			}
			jti := r.claims(t.shared).JTI
			out := r.shared.Python(r.T, fmt.Sprintf(admin, jti))
			if want := "outstandingtoken 200 True\nblacklistedtoken 200 True"; out != want {
				r.Errorf("Django's admin about a token that the edge spent: %s, want %s", out, want)
			}
			return
		}
	}
	r.Error("the edge spent no token")
}

// admin logs an administrator in and searches both lists of tokens for a jti.
const admin = `
from django.contrib.auth import get_user_model
from django.test import Client
client = Client()
administrator = get_user_model()(id=1_000_000, username="admin", is_staff=True, is_superuser=True)
administrator.save()
client.force_login(administrator)
jti = %q
for name in ("outstandingtoken", "blacklistedtoken"):
    page = client.get("/admin/token_blacklist/" + name + "/", {"q": jti})
    print(name, page.status_code, "1 result" in page.content.decode())
`

// flush lets the rows of every other sequence expire, on both sides, and Django
// take them away.
func (r *run) flush() {
	for _, s := range r.sequences {
		s.expired = s.number%2 == 0
	}
	for p, text := range map[*djangotest.Project]func(*token) string{
		r.twin:   func(t *token) string { return t.twin },
		r.shared: func(t *token) string { return t.shared },
	} {
		var jtis []string
		for _, s := range r.sequences {
			for _, t := range s.tokens {
				if s.expired && !t.access && text(t) != "" {
					jtis = append(jtis, "'"+r.claims(text(t)).JTI+"'") // hex digits, all of them
				}
			}
		}
		for some := range slices.Chunk(jtis, 200) {
			p.Database.Must(r.T, "UPDATE token_blacklist_outstandingtoken SET expires_at = '2020-01-01 00:00:00' WHERE jti IN ("+strings.Join(some, ", ")+")")
		}
		if out := p.Manage(r.T, "flushexpiredtokens"); out != "" {
			r.Errorf("flushexpiredtokens prints %q", out)
		}
	}
	r.compareRows("after flushexpiredtokens")
}

// goesOn takes sessions that live on through the edge and Django in turn.
func (r *run) goesOn() {
	n := 0
	for _, s := range r.sequences {
		t := s.tokens[len(s.tokens)-1]
		if s.kind != active || s.expired || t.access || t.dead || t.over || t.shared == "" || n == samples {
			continue
		}
		n++
		text := t.shared
		for _, addr := range []string{r.edge, r.django, r.edge, r.edge} {
			a, err := ask(addr, "refresh", text)
			if err != nil {
				r.Fatal(err)
			}
			var pair struct{ Refresh string }
			if err := json.Unmarshal([]byte(a.Body), &pair); err != nil || a.Status != http.StatusOK {
				r.Errorf("sequence %d does not go on after the flush: %d %s", s.number, a.Status, a.Body)
				break
			}
			text = pair.Refresh
		}
	}
	if n == 0 {
		r.Error("no session lives on after the sequences")
	}
}

// report prints the counts and wants them to mean something.
func (r *run) report() {
	kinds := map[string]int{}
	for _, s := range r.sequences {
		kinds[s.kind]++
	}
	r.Logf("users: %s; answers on the shared database: %s; of them unlike the twin's: %s", counts(kinds), counts(r.tally), counts(r.rows))
	seen := map[string]int{
		conformance.RowLogoutSpent: r.rows[conformance.RowLogoutSpent], conformance.RowSuccessorRow: r.columns[conformance.RowSuccessorRow],
		conformance.RowEndedRow: r.columns[conformance.RowEndedRow],
	}
	if r.release.ChecksUser {
		seen = map[string]int{
			conformance.RowLogoutSpent: r.rows[conformance.RowLogoutSpent], conformance.RowCrash: r.rows[conformance.RowCrash],
			conformance.RowEndedRow: r.columns[conformance.RowEndedRow],
		}
	}
	for row, n := range seen {
		if n == 0 {
			r.Errorf("row %s never applied: take more sequences", row)
		}
	}
	for _, server := range []string{"Django", "edge"} {
		for _, status := range []int{200, 400, 401} {
			if name := fmt.Sprintf("%s %d", server, status); r.tally[name] == 0 {
				r.Errorf("there is no answer of the kind %s", name)
			}
		}
	}
}

func counts(m map[string]int) string {
	var out []string
	for _, k := range slices.Sorted(maps.Keys(m)) {
		out = append(out, fmt.Sprintf("%s=%d", k, m[k]))
	}
	return strings.Join(out, ", ")
}
