// SPDX-License-Identifier: Apache-2.0

package caddyrefresh

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"

	"github.com/caddyrefresh/caddyrefresh/internal/edgetest"
	"github.com/caddyrefresh/caddyrefresh/internal/stores"
	"github.com/caddyrefresh/caddyrefresh/store"
	"github.com/caddyrefresh/caddyrefresh/store/storetest"
)

func init() { caddy.RegisterModule(testStore{}) }

// testStore is the module `store test <number>`: a shelf that a test can reach.
type testStore struct {
	Number int `json:"number"`
	*shelf
}

// Traits are asked for before the store is provisioned, too.
func (s testStore) Traits() store.Traits {
	if s.shelf == nil {
		return store.Traits{Kind: "memory"}
	}
	return s.shelf.Traits()
}

// CaddyModule returns the Caddy module information.
func (testStore) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: stores.Namespace + ".test", New: func() caddy.Module { return new(testStore) }}
}

func (s *testStore) UnmarshalCaddyfile(d *caddyfile.Dispenser) (err error) {
	d.Next()
	d.NextArg()
	s.Number, err = strconv.Atoi(d.Val())
	return err
}

func (s *testStore) Provision(caddy.Context) error {
	found, ok := shelves.Load(s.Number)
	if !ok {
		return errors.New("no such shelf")
	}
	s.shelf = found.(*shelf)
	return nil
}

// shelf is a store in memory with faults that the storetest has not.
type shelf struct {
	*storetest.Memory
	number    int
	forgetful atomic.Bool                  // Spend is carried out, and its answer gets lost
	says      atomic.Pointer[store.Answer] // to Spend, in place of the answer
	looks     atomic.Int64                 // how often its status was asked for
	status    atomic.Pointer[store.Status] // in place of its own
	backends  []store.Backend              // that it was told of; a test loads one configuration at a time
}

var (
	shelves    sync.Map // by number
	shelvesYet atomic.Int64
)

var errLost = errors.New("the connection broke")

func newShelf(now func() time.Time) *shelf {
	s := &shelf{Memory: storetest.NewMemory(now), number: int(shelvesYet.Add(1))}
	shelves.Store(s.number, s)
	return s
}

// line is the Caddyfile line for the shelf.
func (s *shelf) line() string { return "store test " + strconv.Itoa(s.number) }

// name is one that no other test has counters under.
func (s *shelf) name() string { return "shelf-" + strconv.Itoa(s.number) }

func (s *shelf) Spend(ctx context.Context, r *store.Spend) (store.Answer, error) {
	if says := s.says.Load(); says != nil {
		return *says, nil
	}
	answer, err := s.Memory.Spend(ctx, r)
	if s.forgetful.Load() {
		return store.Answer{}, errLost
	}
	return answer, err
}

func (s *shelf) SetBackend(b store.Backend) error {
	s.backends = append(s.backends, b)
	if b.UserIDField == "no such column" {
		return errors.New("there is no such column")
	}
	return nil
}

func (s *shelf) Status(ctx context.Context) store.Status {
	s.looks.Add(1)
	if status := s.status.Load(); status != nil {
		return *status
	}
	return s.Memory.Status(ctx)
}

// patientStore is the default store with more patience than a busy machine of
// tests can use up.
const patientStore = "store file {\ntimeout 8s\n}"

// spending is an edge that spends, with X-Outcome in its answers and logout at
// /api/token/blacklist.
func spending(lines ...string) string {
	settings := strings.Join(lines, "\n")
	if !strings.Contains(settings, "store ") {
		settings += "\n" + patientStore
	}
	if !strings.Contains(settings, "signing_key ") {
		settings += "\nsigning_key {env.DJANGO_SECRET_KEY}"
	}
	return "http://127.0.0.1:{{port}} {\nlog\nheader >X-Outcome {http.token_refresh.outcome}\n" +
		"token_refresh {\nsimplejwt_version 5.3\nverify_path /api/token/verify\nrotate_refresh_tokens\nblacklist_after_rotation\n" +
		settings + "\n}\nrespond upstream\n}\n"
}

// reply is what a client got.
type reply struct {
	status          int
	outcome         string
	access, refresh string
	body            string
}

// ask sends a token to an endpoint. It may be called by any goroutine.
func ask(t *testing.T, edge *edgetest.Edge, endpoint, token string) (got reply) {
	t.Helper()
	field := map[string]string{"verify": "token"}[endpoint]
	res, err := edge.Client.Post(edge.URL+"/api/token/"+endpoint+"/", jsonType, strings.NewReader(`{"`+cmp.Or(field, "refresh")+`":"`+token+`"}`))
	if err != nil {
		t.Error(err)
		return got
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Error(err)
	}
	var pair struct{ Access, Refresh string }
	if res.StatusCode == http.StatusOK {
		if err := json.Unmarshal(body, &pair); err != nil {
			t.Errorf("%v: %s", err, body)
		}
	}
	return reply{res.StatusCode, res.Header.Get("X-Outcome"), pair.Access, pair.Refresh, string(body)}
}

// blacklistedBody is Django's answer about a token that is blacklisted.
const blacklistedBody = `{"detail":"Token is blacklisted","code":"token_not_valid"}`

// next refreshes and returns the new refresh token.
func next(t *testing.T, edge *edgetest.Edge, token string) string {
	t.Helper()
	got := ask(t, edge, "refresh", token)
	if got.status != 200 || got.refresh == "" || got.access == "" {
		t.Fatalf("refresh: %+v, want a pair", got)
	}
	return got.refresh
}

// refused wants Django's answer about a token that is blacklisted.
func refused(t *testing.T, edge *edgetest.Edge, token, outcome string) {
	t.Helper()
	if got := ask(t, edge, "refresh", token); got != (reply{status: 401, outcome: outcome, body: blacklistedBody}) {
		t.Errorf("refresh: %+v, want 401 %s", got, outcome)
	}
}

// overGrace repeats a token until the grace is over, and returns the last reply.
func overGrace(t *testing.T, edge *edgetest.Edge, token string) reply {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		got := ask(t, edge, "refresh", token)
		if got.outcome != "replayed" && got.outcome != "straggler" {
			return got
		}
		if time.Now().After(deadline) {
			t.Fatal("the grace does not end")
		}
	}
}
