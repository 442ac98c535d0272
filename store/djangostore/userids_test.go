// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package djangostore

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/caddyrefresh/caddyrefresh/internal/conformance"
	"github.com/caddyrefresh/caddyrefresh/internal/djangotest"
	"github.com/caddyrefresh/caddyrefresh/internal/simplejwt"
)

// userIDs are values of the claim user_id, as JSON, "" for none. They are false in
// Python, or numbers that Python reads and others do not, or no key at all.
var userIDs = []string{
	"", `null`, `""`, `[]`, `[ ]`, `{}`, `0`, `false`, `0.0`, `-0`, `-0.0`, `0e5`, `1e-400`,
	`true`, `1`, `1.0`, `1.5`, `7e0`, `1e2`, `"1"`, `" 1 "`, `"\n7\t"`, `"+7"`, `"-7"`, `"00_7"`, `"1__0"`, `"_1"`, `"1_"`, `"0x7"`, `"07"`, `"7.0"`, `"7e0"`,
	"\"\u0667\"", "\"\uff17\"", "\"\u096d\"", "\"\u06f7\"", "\"\u09ed\"", "\"\U0001d7d5\"", "\"\u0660\u0667\"", "\"\u00b2\"", "\"\u2466\"", "\"\u4e03\"",
	"\"\u00a07\u3000\"", "\"\u20077\u2028\"", "\"\u200b7\"", "\"\ufeff7\"", `"7\u0000"`, `"7\u001c"`, `"\u001f7\u0085"`, `"+ 7"`, `"+-7"`, `"abc"`, `" "`, `"\u0000"`, `"\ud800"`,
	`8`, `99`, `"99"`, `2147483648`, `-2147483649`, `9223372036854775807`, `9223372036854775808`, `-9223372036854775809`, `"9223372036854775808"`,
	"1" + strings.Repeat("0", 30), `"` + strings.Repeat("0", 31) + `7"`, `"` + strings.Repeat("0", 4299) + `7"`, `"` + strings.Repeat("0", 4300) + `7"`,
	`9223372036854775808.0`, `1e18`, `1e300`, `1e400`, `-1e400`, `NaN`, `Infinity`, `[1]`, `["1"]`, `[[]]`, `{"a":1}`, `"True"`, `"[]"`, `"None"`,
	`"0123abcd-4567-89ab-cdef-0123456789ab"`, `"urn:uuid:0123ABCD456789abcdef0123456789ab"`, `"{0123abcd456789abcdef0123456789ab}"`,
	"\"\u0660" + strings.Repeat("0", 30) + `7"`, `"0x0123abcd456789abcdef0123456789"`, `"+123abcd456789abcdef0123456789ab"`, `"0123abcd_456789abcdef0123456789ab"`,
	`340282366920938463463374607431768211455`, `340282366920938463463374607431768211456`, `"é"`, `"a\u0000b"`, `"` + strings.Repeat("x", 250) + `"`, `"1.0"`, `"0"`,
}

// userIDs shows tokens with every one of them to Django and to the edge. Guards
// that no user whom Django cannot look up gets a pair, and that whom Django finds
// the edge finds too.
func (v *live) userIDs(t *testing.T) {
	for _, key := range []string{"integer", "uuid", "text"} {
		for _, r := range conformance.Contemporary() {
			if key != "integer" && !r.ChecksUser {
				continue // it looks at no user, whatever the keys are
			}
			t.Run(key+" "+r.Name, func(t *testing.T) {
				p := v.project(t, djangotest.Project{Release: r.Name, Key: key})
				p.Python(t, `
from django.contrib.auth import get_user_model
import uuid
keys = {"integer": [1, 7, 8], "uuid": [uuid.UUID(int=7), uuid.UUID("0123abcd456789abcdef0123456789ab")], "text": ["1", "7", "8", "True", "[]"]}
for key in keys["`+key+`"]:
    get_user_model()(pk=key, username=str(key), is_active=key not in (8, "8")).save(force_insert=True)`)
				s := open(t, p, nil)
				for _, settings := range []struct{ rotates, spends bool }{{false, false}, {true, false}, {true, true}} {
					p.SimpleJWT = map[string]any{"ROTATE_REFRESH_TOKENS": settings.rotates, "BLACKLIST_AFTER_ROTATION": settings.spends}
					compareUserIDs(t, p, edgeOf(t, r, s, settings.rotates, settings.spends))
				}
			})
		}
	}
}

// compareUserIDs shows the tokens to both, each a jti of its own.
func compareUserIDs(t *testing.T, p *djangotest.Project, edge *simplejwt.Backend) {
	t.Helper()
	var theirs, ours []string
	for i, id := range userIDs {
		for side, tokens := range map[int]*[]string{1: &theirs, 2: &ours} {
			jti := fmt.Sprintf("%08x%04x%04x4000%012x", time.Now().UnixNano()&0xffffffff, side, i, time.Now().UnixNano()&0xffffffffffff)
			now := time.Now().Unix()
			claim := ""
			if id != "" {
				claim = `,"user_id":` + id
			}
			*tokens = append(*tokens, djangotest.Sign(fmt.Sprintf(`{"token_type":"refresh","exp":%d,"iat":%d,"jti":"%s"%s}`, now+86_400, now, jti, claim)))
		}
	}
	list, _ := json.Marshal(theirs)
	out := p.Python(t, `
import json, logging
from django.test import Client
logging.disable(logging.CRITICAL)
client = Client(raise_request_exception=False)
print(json.dumps([client.post("/api/token/refresh/", {"refresh": t}, content_type="application/json").status_code for t in json.loads(`+"'''"+string(list)+"'''"+`)]))`)
	var statuses []int
	if err := json.Unmarshal([]byte(out), &statuses); err != nil || len(statuses) != len(userIDs) {
		t.Fatalf("Django answers %d times, want %d: %v", len(statuses), len(userIDs), err)
	}
	found := map[int]int{}
	for i, id := range userIDs {
		want := statuses[i]
		found[want]++
		if want == http.StatusInternalServerError {
			want = http.StatusUnauthorized
		}
		if got := refreshStatus(edge, ours[i]); got != want {
			t.Errorf("%v: user id %.40s: the edge answers %d, Django %d", p.SimpleJWT, id, got, statuses[i])
		}
	}
	if found[http.StatusOK] < 5 {
		t.Errorf("%v: Django's answers are %v", p.SimpleJWT, found)
	}
}

// edgeOf is what an edge of the release does with a token, short of HTTP.
func edgeOf(t *testing.T, r *conformance.Set, s *Store, rotates, spends bool) *simplejwt.Backend {
	t.Helper()
	key, err := simplejwt.NewKey("HS256", []byte(djangotest.SecretKey), false)
	if err != nil {
		t.Fatal(err)
	}
	b, err := simplejwt.New(&simplejwt.Config{
		Release: r.Release, SigningKey: key, UserIDClaim: "user_id", TokenTypeClaim: "token_type", JTIClaim: "jti",
		AccessTokenLifetime: time.Minute, RefreshTokenLifetime: time.Hour, RotateRefreshTokens: rotates, BlacklistAfterRotation: spends,
		Store: s, CheckUserIsActive: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// refreshStatus is the status that the handler gives to what becomes of a token.
func refreshStatus(b *simplejwt.Backend, token string) int {
	_, err := b.Refresh(context.Background(), new(simplejwt.Scratch), []byte(token), time.Now())
	switch {
	case err == nil:
		return http.StatusOK
	case errors.Is(err, simplejwt.ErrUnavailable):
		return http.StatusServiceUnavailable
	case errors.Is(err, simplejwt.ErrNotUUID):
		return http.StatusBadRequest
	default:
		return http.StatusUnauthorized
	}
}
