// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package djangostore

import (
	"context"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/caddyrefresh/caddyrefresh/internal/djangotest"
	"github.com/caddyrefresh/caddyrefresh/store"
)

// rows compares the rows of a token that only its signature vouches for, after
// the edge spent or revoked it, with those that the release itself writes.
func (v *live) rows(t *testing.T) {
	for _, name := range rowReleases() {
		t.Run(name, func(t *testing.T) {
			p := v.project(t, djangotest.Project{Release: name, SimpleJWT: map[string]any{"ROTATE_REFRESH_TOKENS": true, "BLACKLIST_AFTER_ROTATION": true}})
			s := open(t, p, nil)
			signIn(t, p, "ann")
			mint := func() store.Token {
				return parse(t, p.Python(t, `
from rest_framework_simplejwt.tokens import RefreshToken
t = RefreshToken(); t["user_id"] = `+userOne(p)+`; print(t)`))
			}
			byDjango, spent, revoked := mint(), mint(), mint()
			p.Python(t, `
from rest_framework_simplejwt.serializers import TokenRefreshSerializer
TokenRefreshSerializer().validate({"refresh": "`+byDjango.Text+`"})`)
			rotate(t, s, spent)
			if _, err := s.Revoke(context.Background(), &store.Revocation{Token: revoked}); err != nil {
				t.Fatal(err)
			}
			same := func(token store.Token) string {
				at := time.Unix(token.ExpiresAt, 0).UTC().Format("2006-01-02T15:04:05")
				return strings.Replace(row(t, p, token.JTI), at, "exp", 1)
			}
			want := same(byDjango)
			if !strings.Contains(want, "exp") || !strings.HasSuffix(want, "True)") {
				t.Fatalf("Django wrote %s", want)
			}
			for what, token := range map[string]store.Token{"spent": spent, "revoked": revoked} {
				if diff := cmp.Diff(want, same(token)); diff != "" {
					t.Errorf("%s (-Django +edge):\n%s", what, diff)
				}
			}
			if got := row(t, p, store.Successor(spent.JTI)); !strings.HasPrefix(got, "('ann', 'text of ") || !strings.HasSuffix(got, "False)") {
				t.Errorf("the successor's row is %s", got)
			}
		})
	}
}

// timeZone is a project with USE_TZ off: Django must read what the edge wrote,
// and the edge what Django wrote, offset or not.
func (v *live) timeZone(t *testing.T) {
	p := v.project(t, djangotest.Project{Release: "5.5", TimeZone: "America/St_Johns"})
	s := open(t, p, nil)
	first := signIn(t, p, "ann")
	next := rotate(t, s, first)
	a, err := s.Spend(context.Background(), spending(first, 10*time.Second))
	want(t, "Spend again", a, err, store.Replayed)
	if a.Successor.IssuedAt != next.IssuedAt || a.Successor.ExpiresAt != next.ExpiresAt {
		t.Errorf("successor = %+v, want iat %d, exp %d", a.Successor, next.IssuedAt, next.ExpiresAt)
	}
	// Django's own blacklisting sets the clock that ours is held to; naive UTC
	// and naive local time are what SimpleJWT makes of them.
	second := signIn(t, p, "ann")
	got := p.Python(t, `
from datetime import *
from rest_framework_simplejwt.tokens import RefreshToken
from rest_framework_simplejwt.token_blacklist.models import *
RefreshToken("`+second.Text+`").blacklist()
ours, theirs = BlacklistedToken.objects.order_by("id")
created = OutstandingToken.objects.get(jti="`+next.JTI+`").created_at
print(abs(ours.blacklisted_at - theirs.blacklisted_at) < timedelta(minutes=1),
      created == datetime.fromtimestamp(`+strconv.FormatInt(next.IssuedAt, 10)+`, timezone.utc).replace(tzinfo=None))`)
	if got != "True True" {
		t.Errorf("Django reads the edge's times: blacklisted_at and created_at right? %s", got)
	}
	a, err = s.Spend(context.Background(), spending(second, 10*time.Second))
	want(t, "Spend of what Django blacklisted", a, err, store.Refused)
	if n := p.Manage(t, "flushexpiredtokens"); n != "" {
		t.Errorf("flushexpiredtokens prints %q", n)
	}
	a, err = s.Check(context.Background(), &store.Check{Token: next})
	want(t, "Check after flushexpiredtokens", a, err, store.Live)
}
