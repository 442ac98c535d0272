// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package alternate

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/caddyrefresh/caddyrefresh/internal/conformance"
	"github.com/caddyrefresh/caddyrefresh/internal/djangotest"
)

// oddUserIDs are user ids that Django looks up in a way of its own, or cannot,
// spelled as Python spells them: others are row claim-spelling.
var oddUserIDs = []string{
	`""`, `[]`, `{}`, `0`, `false`, `0.0`, `-0.0`, `null`, `true`, `1.9`, `"\u0661"`, `" 1 "`, `"0_1"`, `Infinity`, `[7,8]`, `{"a":"b"}`, `"\u00e9"`, `-1`, `99`,
	`"0123ABCD-4567-89ab-cdef-0123456789ab"`, `"0x0123abcd456789abcdef0123456789"`,
}

// TestUserIDs shows tokens with odd user ids to Django and to the edge, on one
// database, and compares all that they answer. Guards that a user whom Django
// cannot look up gets no pair: 401 where Django crashes, else the same answer.
func TestUserIDs(t *testing.T) {
	server := djangotest.Start(t, "sqlite", false)
	for _, key := range []string{"integer", "uuid"} {
		for _, name := range []string{"5.3", "5.4", conformance.Newest().Name} {
			t.Run(key+" "+name, func(t *testing.T) { compareOddUserIDs(t, server, key, conformance.MustSet(name)) })
		}
	}
}

func compareOddUserIDs(t *testing.T, server *djangotest.Server, key string, rel *conformance.Set) {
	p := &djangotest.Project{
		Release: rel.Name, Key: key, Database: server.Create(t, ""),
		SimpleJWT: map[string]any{"ROTATE_REFRESH_TOKENS": true, "BLACKLIST_AFTER_ROTATION": true},
	}
	p.Migrate(t)
	p.Python(t, `
from django.contrib.auth import get_user_model
import uuid
get_user_model()(pk={"integer": 1, "uuid": uuid.UUID("0123abcd456789abcdef0123456789ab")}["`+key+`"], username="ann").save(force_insert=True)`)
	profile := conformance.Profile{
		Name: "user ids", Algorithm: "HS256", Key: djangotest.SecretKey, UserID: "user_id", JTI: "jti", Type: "token_type",
		Caddyfile: []string{
			"signing_key " + djangotest.SecretKey, "rotate_refresh_tokens", "blacklist_after_rotation",
			"store django {env.USER_IDS_DATABASE} {", "timeout 10s", "user_table " + map[string]string{"integer": "auth_user", "uuid": "people_user"}[key], "}",
		},
	}
	t.Setenv("USER_IDS_DATABASE", p.Database.URL)
	django := strings.TrimPrefix(p.Serve(t, 1), "http://")
	sites := []conformance.Site{{Profile: profile, Django: django}}
	edge, err := conformance.Edge(rel, edgeBinary, t.TempDir(), sites)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = edge.Stop() }()
	passed := 0
	for i, id := range oddUserIDs {
		show := func(addr string, side int) conformance.Answer {
			now := time.Now().Unix()
			token := djangotest.Sign(fmt.Sprintf(`{"token_type":"refresh","exp":%d,"iat":%d,"jti":"%024x4%07x","user_id":%s}`, now+86_400, now, side, i, id))
			a, err := ask(addr, "refresh", token)
			if err != nil {
				t.Fatal(err)
			}
			return a
		}
		want, got := show(django, 1), show(sites[0].Addr, 2)
		switch {
		case want.Status == http.StatusInternalServerError:
			if got.Status != http.StatusUnauthorized {
				t.Errorf("user id %s: Django crashes, the edge answers %d %s; want 401", id, got.Status, got.Body)
			}
			continue
		case want.Status == http.StatusOK:
			passed++
		}
		if diff := profile.Compare(&want, &got); diff != "" {
			t.Errorf("user id %s: %s", id, diff)
		}
	}
	if passed == 0 {
		t.Error("Django takes none of them")
	}
}
