// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package alternate

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/caddyrefresh/caddyrefresh/internal/djangotest"
)

// What becomes of the users. Half way is before the requests of turn halfWay.
const (
	active      = "active"
	inactive    = "inactive"    // from the first request on
	deactivated = "deactivated" // half way
	gone        = "gone"        // deleted after the login
	deleted     = "deleted"     // half way
	missing     = "missing"     // there never was one
	unnamed     = "unnamed"     // the token has no user_id

	halfWay = 2
)

// lots is what kinds are drawn from.
var lots = []string{active, active, active, active, inactive, deactivated, gone, deleted, deleted, missing, unnamed}

// logIn makes a user and a refresh token for each sequence, on both sides. The
// tokens of the two sides differ in nothing but their jtis; those of users that
// are missing or not named have no row, as where flushexpiredtokens or a restored
// backup took it.
func (r *run) logIn(n int) {
	kinds := make([]string, n)
	for i := range kinds {
		kinds[i] = lots[r.rng.IntN(len(lots))]
	}
	text, err := json.Marshal(kinds)
	if err != nil {
		r.Fatal(err)
	}
	code := fmt.Sprintf(`
import json
from datetime import datetime, timezone
from django.contrib.auth.models import User
from django.db import transaction
from rest_framework_simplejwt import tokens

now = datetime.fromtimestamp(%d, timezone.utc)
tokens.aware_utcnow = lambda: now
kinds = json.loads('%s')
people = [User(pk=i + 1, username=f"user{i + 1}") for i in range(len(kinds))]
out = []
with transaction.atomic():
    User.objects.bulk_create(people)
    for user, kind in zip(people, kinds):
        if kind == "unnamed":
            token = tokens.RefreshToken()
        elif kind == "missing":
            token = tokens.Token.for_user.__func__(tokens.RefreshToken, User(pk=user.pk + 1000000))
        else:
            token = tokens.RefreshToken.for_user(user)
        out.append(str(token))
print(json.dumps(out))`, time.Now().Unix(), text)
	var logins [2][]string
	for i, p := range []*djangotest.Project{r.twin, r.shared} {
		if err := json.Unmarshal([]byte(p.Python(r.T, code)), &logins[i]); err != nil {
			r.Fatal(err)
		}
		if len(logins[i]) != n {
			r.Fatalf("Django made %d logins, want %d", len(logins[i]), n)
		}
	}
	for i, kind := range kinds {
		r.sequences = append(r.sequences, newSequence(i, kind, r.rng, &token{twin: logins[0][i], shared: logins[1][i]}))
	}
	r.change(inactive, gone)
}

// change lets Django deactivate and delete the users of those kinds.
func (r *run) change(deactivate, remove string) {
	code := fmt.Sprintf(`
from django.contrib.auth.models import User
User.objects.filter(pk__in=%s).update(is_active=False)
User.objects.filter(pk__in=%s).delete()`, r.keys(deactivate), r.keys(remove))
	for _, p := range []*djangotest.Project{r.twin, r.shared} {
		p.Python(r.T, code)
	}
	for _, s := range r.sequences {
		s.userIsGone = s.userIsGone || s.kind == remove
	}
}

// keys lists the users of a kind, as Python does.
func (r *run) keys(kind string) string {
	var out []string
	for _, s := range r.sequences {
		if s.kind == kind {
			out = append(out, fmt.Sprint(s.user()))
		}
	}
	return "[" + strings.Join(out, ",") + "]"
}
