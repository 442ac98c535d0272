// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package alternate

import (
	"encoding/json"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/caddyrefresh/caddyrefresh/internal/conformance"
	"github.com/caddyrefresh/caddyrefresh/internal/djangotest"
)

// How many sliding logins a set gets, and how many requests before and after some of
// them are blacklisted.
const (
	slidingLogins = 30
	slidingAsks   = 200
)

// TestSliding lets Django and the edge refresh the same sliding tokens on one
// database, in turns, and has Django blacklist some of them half way. Both are shown
// each token at each view and have to say the same of it: a sliding token keeps its
// jti, so one that was blacklisted is dead at both, and refreshing spends nothing.
func TestSliding(t *testing.T) {
	seed := uint64(setting(t, "CONFORMANCE_SEED", time.Now().UnixNano()))
	t.Logf("CONFORMANCE_SEED=%d", seed)
	server := djangotest.Start(t, "sqlite", false)
	for _, set := range append(conformance.Contemporary(), conformance.MustSet("5.3-newest"), conformance.MustSet("5.5-newest")) {
		t.Run(set.Name, func(t *testing.T) { slideInTurns(t, server, set, rand.New(rand.NewPCG(seed, 1))) })
	}
}

func slideInTurns(t *testing.T, server *djangotest.Server, set *conformance.Set, rng *rand.Rand) {
	project := &djangotest.Project{
		Release: set.Name, Database: server.Create(t, ""), SimpleJWT: map[string]any{"BLACKLIST_AFTER_ROTATION": true},
	}
	project.Migrate(t)
	logins := strings.Fields(project.Python(t, `
from django.contrib.auth.models import User
from rest_framework_simplejwt.tokens import SlidingToken
for i in range(`+strconv.Itoa(slidingLogins)+`):
    print(SlidingToken.for_user(User.objects.create_user(f"user{i}")))`))
	profile := conformance.Profile{
		Name: "sliding", Algorithm: "HS256", Key: djangotest.SecretKey, UserID: "user_id", JTI: "jti", Type: "token_type", RefreshExp: "refresh_exp",
		Caddyfile: []string{
			"signing_key " + djangotest.SecretKey, "blacklist_after_rotation", "sliding_path /api/token/sliding/refresh",
			"verify_path /api/token/verify", "blacklist_path /api/token/blacklist",
			"store django {env.SLIDING_DATABASE} {", "timeout 10s", "}",
		},
	}
	t.Setenv("SLIDING_DATABASE", project.Database.URL)
	sites := []conformance.Site{{Profile: profile, Django: strings.TrimPrefix(project.Serve(t, 1), "http://")}}
	edge, err := conformance.Edge(set, edgeBinary, t.TempDir(), sites)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = edge.Stop() }()

	said := map[string]int{}
	ask := func(times int) {
		for range times {
			i := rng.IntN(len(logins))
			request := slidingRequest(rng, logins[i])
			var answers [2]conformance.Answer
			for side, addr := range []string{sites[0].Django, sites[0].Addr} {
				if answers[side], _, err = conformance.Send(addr, request.Bytes()); err != nil {
					t.Fatal(err)
				}
			}
			if diff := profile.Compare(&answers[0], &answers[1]); diff != "" {
				t.Fatalf("%s: %s", request.Bytes(), diff)
			}
			body := answers[rng.IntN(2)].Body
			var given struct{ Token, Detail string }
			_ = json.Unmarshal([]byte(body), &given) // other answers have other members
			if strings.Count(given.Token, ".") == 2 {
				logins[i], body = given.Token, "a token"
			}
			said[body]++
		}
	}
	ask(slidingAsks)
	dead := slices.Clone(logins[:slidingLogins/3])
	project.Python(t, `
from rest_framework_simplejwt.tokens import SlidingToken
for token in """`+strings.Join(dead, " ")+`""".split():
    SlidingToken(token).blacklist()`)
	ask(slidingAsks)
	t.Logf("%s: %v", set.Name, said)
	blacklisted := 0
	for body, times := range said {
		if strings.Contains(body, "Token is blacklisted") {
			blacklisted += times
		}
	}
	if said["a token"] == 0 || said["{}"] == 0 || blacklisted == 0 {
		t.Error("no token was refreshed, none was verified, or none was blacklisted")
	}
}

// slidingRequest shows a token to one of the views.
func slidingRequest(rng *rand.Rand, token string) conformance.Request {
	switch rng.IntN(6) {
	case 0:
		return conformance.StoryRequest("verify", token)
	case 1:
		return conformance.StoryRequest("blacklist", token)
	case 2:
		return conformance.StoryRequest("refresh", token)
	default:
		return conformance.JSON(conformance.SlidingPath, `{"token":"`+token+`"}`)
	}
}
