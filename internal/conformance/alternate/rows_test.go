// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package alternate

import (
	"encoding/json"
	"math"
	"regexp"

	"github.com/caddyrefresh/caddyrefresh/internal/conformance"
	"github.com/caddyrefresh/caddyrefresh/internal/djangotest"
)

// endsSession matches the jtis of rows that end a session.
var endsSession = regexp.MustCompile("^[0-9a-f]{22}z[0-9a-f]{10}$")

// slack is how many seconds apart the two sides may have done the same.
const slack = 15

// row is an outstanding token with its blacklisted one, as Django reads them.
type row struct {
	JTI     string
	User    *int
	Created *float64 // seconds since 1970
	Expires float64
	Token   string
	Dead    *float64 // blacklisted_at
}

// read lets Django read all rows of a side.
func (r *run) read(p *djangotest.Project) map[string]row {
	text := p.Python(r.T, `
import json
from rest_framework_simplejwt.token_blacklist.models import *
def stamp(t): return t and t.timestamp()
dead = dict(BlacklistedToken.objects.values_list("token_id", "blacklisted_at"))
print(json.dumps([
    dict(JTI=o.jti, User=o.user_id, Created=stamp(o.created_at), Expires=stamp(o.expires_at), Token=o.token, Dead=stamp(dead.pop(o.pk, None)))
    for o in OutstandingToken.objects.all()]))
assert not dead, dead`)
	var all []row
	if err := json.Unmarshal([]byte(text), &all); err != nil {
		r.Fatal(err)
	}
	rows := make(map[string]row, len(all))
	for _, o := range all {
		rows[o.JTI] = o
	}
	if len(rows) != len(all) {
		r.Fatalf("%d rows have %d jtis", len(all), len(rows))
	}
	return rows
}

// compareRows compares the rows of each token, column by column, and wants no
// others. Sequences that expired have none.
func (r *run) compareRows(when string) {
	r.Helper()
	twin, shared := r.read(r.twin), r.read(r.shared)
	n, failures := len(shared), 0
	r.columns = map[string]int{}
	for _, s := range r.sequences {
		for i, t := range s.tokens {
			if t.access {
				continue
			}
			a, inTwin := take(twin, r.claims(t.twin).JTI)
			var b row
			var inShared bool
			if t.shared != "" {
				b, inShared = take(shared, r.claims(t.shared).JTI)
			}
			if err := r.compareRow(s, t, side{a, inTwin}, side{b, inShared}); err != "" {
				failures++
				if failures <= maxFailures {
					r.Errorf("%s: sequence %d, user %s, token %d: %s\ntwin: %v %+v\nshared: %v %+v\nthe token: %+v\nwhat was asked:%s",
						when, s.number, s.kind, i, err, inTwin, a, inShared, b, *t, s.told)
				}
			}
		}
	}
	for jti, o := range shared {
		if !endsSession.MatchString(jti) {
			continue
		}
		if o.User != nil || o.Created == nil || o.Token != "" || o.Dead == nil {
			r.Errorf("%s: row ended-row: %+v names a user, has a token, or is no pair", when, o)
		}
		r.columns[conformance.RowEndedRow]++
		delete(shared, jti)
	}
	for name, left := range map[string]map[string]row{"twin": twin, "shared": shared} {
		for jti := range left {
			r.Errorf("%s: the %s side has a row of %s, which is no token's that was handed out", when, name, jti)
		}
	}
	if n == 0 {
		r.Errorf("%s: there are no rows", when)
	}
	r.Logf("%s: %d rows, differences by row of the page: %s", when, n, counts(r.columns))
}

func take(rows map[string]row, jti string) (row, bool) {
	o, ok := rows[jti]
	delete(rows, jti)
	return o, ok
}

// side is the row of a token, if there is one.
type side struct {
	row
	there bool
}

// compareRow says in which column the rows of a token differ, or "".
func (r *run) compareRow(s *sequence, t *token, twin, shared side) string {
	if s.expired {
		if twin.there || shared.there {
			return "flushexpiredtokens left it there"
		}
		return ""
	}
	switch {
	case twin.there && !r.isOf(twin.row, t.twin), shared.there && !r.isOf(shared.row, t.shared):
		return "expires_at or token is not the token's"
	case t.shared == "":
		r.columns[conformance.RowLogoutSpent]++
		return "" // the session was over on the shared side
	case t.byEdge && !r.release.ChecksUser:
		// Releases before 5.4 write no row yet, and what they write later has
		// neither user nor time.
		if !shared.there || shared.Created == nil || *shared.Created != r.claims(t.shared).IAT {
			return "the successor's row has no created_at that is its iat"
		}
		if owner := r.owner(s); owner == nil && shared.User != nil || owner != nil && (shared.User == nil || *shared.User != *owner) {
			return "the successor's row has another user"
		}
		if !same(twin.Created, shared.Created) || !twin.there {
			r.columns[conformance.RowSuccessorRow]++
		}
	case twin.there != shared.there:
		return "one has no row"
	case (twin.User == nil) != (shared.User == nil) || twin.User != nil && *twin.User != *shared.User:
		return "user_id"
	case !same(twin.Created, shared.Created):
		return "created_at"
	}
	switch {
	case t.dead && (twin.Dead == nil || shared.Dead == nil):
		return "it is not in both blacklists"
	case t.over:
		if twin.Dead != nil || shared.Dead == nil {
			return "row logout-spent: it is in the twin's blacklist, or not in the shared one"
		}
		r.columns[conformance.RowLogoutSpent]++
	case !same(twin.Dead, shared.Dead) && (twin.Dead == nil || shared.Dead == nil || !t.early):
		return "blacklisted_at"
	}
	return ""
}

// owner is the user_id that rows of a sequence have by now.
func (r *run) owner(s *sequence) *int {
	if s.userIsGone {
		return nil
	}
	user := s.user()
	return &user
}

// isOf reports whether a row has the times and the text of its token.
func (r *run) isOf(o row, token string) bool {
	return o.Token == token && o.Expires == r.claims(token).EXP
}

// same compares times that may be NULL.
func same(a, b *float64) bool {
	if a == nil || b == nil {
		return a == b
	}
	return math.Abs(*a-*b) <= slack
}
