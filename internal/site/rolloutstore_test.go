// SPDX-License-Identifier: Apache-2.0

package site

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap/zapcore"

	"github.com/caddyrefresh/caddyrefresh/internal/simplejwt"
	"github.com/caddyrefresh/caddyrefresh/store"
	"github.com/caddyrefresh/caddyrefresh/store/storetest"
)

// tables is a store that two sites share as the edge and Django share Django's
// tables: it knows when a token was spent.
type tables struct {
	*storetest.Memory
	mu    sync.Mutex
	spent map[string]time.Time
}

func newTables() *tables {
	memory := storetest.NewMemory(nil)
	memory.Is.SharesBackend = true
	return &tables{Memory: memory, spent: make(map[string]time.Time)}
}

func (s *tables) Check(ctx context.Context, c *store.Check) (store.Answer, error) {
	answer, err := s.Memory.Check(ctx, c)
	s.mu.Lock()
	defer s.mu.Unlock()
	if at, ok := s.spent[c.Token.JTI]; ok && c.Ago > 0 && at.After(answer.Now.Add(-c.Ago)) {
		answer.Verdict = store.Live
	}
	return answer, err
}

func (s *tables) Spend(ctx context.Context, r *store.Spend) (store.Answer, error) {
	answer, err := s.Memory.Spend(ctx, r)
	s.mu.Lock()
	defer s.mu.Unlock()
	if answer.Verdict == store.Rotated {
		s.spent[r.Token.JTI] = answer.Now
	}
	return answer, err
}

// on makes a site use that store.
func on(s store.Store) func(*Config, *simplejwt.Config) {
	return func(_ *Config, b *simplejwt.Config) { b.Store = s }
}

func refreshBody(token string) string { return `{"refresh":"` + token + `"}` }

// refreshOf returns the refresh token in an answer.
func refreshOf(t *testing.T, w *httptest.ResponseRecorder) string {
	t.Helper()
	var pair struct{ Refresh string }
	if err := json.Unmarshal(w.Body.Bytes(), &pair); err != nil || pair.Refresh == "" {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	return pair.Refresh
}

// TestSharedTables: what Django spends for a request counts as not spent when its
// answer to that request is compared, and counts for the next request.
func TestSharedTables(t *testing.T) {
	shared := newTables()
	django := newTestSite(t, func(_ *Config, b *simplejwt.Config) { b.Store, b.ReuseGrace = shared, 0 })
	edge := newRolloutSite(t, 0, on(shared))
	token := django.login()
	for i, status := range []int{http.StatusOK, http.StatusUnauthorized} {
		if w := edge.before(django.behindEdge(), request("/refresh", refreshBody(token))); w.Code != status {
			t.Errorf("%d %s, want %d", w.Code, w.Body, status)
		}
		found, _ := edge.found()
		if diff := cmp.Diff(map[string]uint64{"same": uint64(i) + 1}, found); diff != "" {
			t.Errorf("request %d (-want +got)\n%s", i, diff)
		}
	}
}

// TestSpentHere: the edge answers a repeat of a token that an edge spent before the
// share changed, with the same successor. Django's refusal stands if Django has another
// reason for it, or if the store does not answer.
func TestSpentHere(t *testing.T) {
	shared := newTables()
	before, edge := newTestSite(t, on(shared)), newRolloutSite(t, 0, on(shared))
	token := before.login()
	w, err := before.serve(request("/refresh", refreshBody(token)))
	if err != nil {
		t.Fatal(err)
	}
	next := refreshOf(t, w)
	refuses := caddyhttp.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) error {
		w.Header().Set("X-Backend", "yes")
		w.Header().Set("Content-Type", "text/plain")
		w.WriteHeader(http.StatusUnauthorized)
		_, err := w.Write([]byte("no"))
		return errors.Join(err, http.NewResponseController(w).Flush())
	})
	w = edge.before(refuses, request("/refresh", refreshBody(token)))
	if w.Header().Get("X-Backend") != "" || w.Header().Get("Content-Type") != "application/json" || refreshOf(t, w) != next {
		t.Errorf("a repeat: %d %v", w.Code, w.Header())
	}
	for _, other := range []string{edge.login(), "x"} {
		if w := edge.before(refuses, request("/refresh", refreshBody(other))); w.Code != 401 || w.Body.String() != "no" || w.Header().Get("X-Backend") != "yes" {
			t.Errorf("a token that the edge did not spend: %d %s", w.Code, w.Body)
		}
	}
	shared.Fail(errors.New("no route"))
	if w := edge.before(refuses, request("/refresh", refreshBody(token))); w.Code != 401 || w.Body.String() != "no" {
		t.Errorf("the store does not answer: %d %s", w.Code, w.Body)
	}
	found, _ := edge.found()
	if found["spent_here"] != 1 {
		t.Errorf("found %v", found)
	}
}

// TestMarks: an edge with a store of its own marks tokens that Django spent, also if
// the client left, and later refuses them without a successor.
func TestMarks(t *testing.T) {
	gone, leave := context.WithCancel(context.Background())
	leave()
	gives := func(status int, body string) caddyhttp.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) error {
			w.WriteHeader(status)
			_, err := w.Write([]byte(body))
			return err
		}
	}
	for _, tt := range []struct {
		name, path string
		backend    caddyhttp.HandlerFunc
		ctx        context.Context
		marked     bool
	}{
		{"a rotation", "/refresh", gives(200, `{"access":"a","refresh":"b"}`), nil, true},
		{"no rotation", "/refresh", gives(200, `{"access":"a"}`), nil, false},
		{"a refusal", "/refresh", gives(401, `{"detail":"refresh"}`), nil, false},
		{"a log-out", "/blacklist", gives(200, `{}`), nil, true},
		{"a refused log-out", "/blacklist", gives(401, `{}`), nil, false},
		{"a verification", "/verify", gives(200, `{}`), nil, false},
		{"the backend is down", "/refresh", func(http.ResponseWriter, *http.Request) error { return errPassed }, nil, false},
		{"the client left", "/refresh", func(http.ResponseWriter, *http.Request) error { return errPassed }, gone, true},
		{"the answer broke off", "/refresh", func(w http.ResponseWriter, _ *http.Request) error {
			_, _ = w.Write([]byte(`{"acc`))
			return errPassed
		}, nil, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			edge := newRolloutSite(t, 0, nil)
			token := edge.login()
			body := refreshBody(token)
			if tt.path == "/verify" {
				body = `{"token":"` + token + `"}`
			}
			r := request(tt.path, body)
			if tt.ctx != nil {
				r = r.WithContext(tt.ctx)
			}
			_ = edge.ServeHTTP(httptest.NewRecorder(), r, tt.backend) // the error is the backend's
			edge.rollout.behind.Wait()
			after := newTestSite(t, on(edge.memory))
			w, err := after.serve(request("/refresh", refreshBody(token)))
			if err != nil || (w.Code == http.StatusUnauthorized) != tt.marked || (w.Code == http.StatusOK) == tt.marked {
				t.Errorf("at 100%%: %d %s, %v; marked: %v", w.Code, w.Body, err, tt.marked)
			}
		})
	}
}

// TestMarkFails: if the store cannot mark a token, the edge logs an error, and the
// client still gets its answer.
func TestMarkFails(t *testing.T) {
	edge := newRolloutSite(t, 0, nil)
	edge.memory.Fail(errors.New("no route"))
	w := edge.before(caddyhttp.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) error {
		_, err := w.Write([]byte(`{"access":"a","refresh":"b"}`))
		return err
	}), request("/refresh", refreshBody(edge.login())))
	if w.Code != http.StatusOK || edge.logs.FilterLevelExact(zapcore.ErrorLevel).FilterMessageSnippet("stay at rollout 0%").Len() != 1 {
		t.Errorf("%d %s, and the log has %v", w.Code, w.Body, edge.logs.All())
	}
}

// TestMarkKeepsTheSession: a token that an edge spent long ago is not marked if Django
// accepts it, since that would end the session of its successor.
func TestMarkKeepsTheSession(t *testing.T) {
	edge := newRolloutSite(t, 0, nil)
	ever := newTestSite(t, on(edge.memory))
	token := ever.login()
	w, err := ever.serve(request("/refresh", refreshBody(token)))
	if err != nil {
		t.Fatal(err)
	}
	next := refreshOf(t, w)
	edge.before(caddyhttp.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) error {
		_, err := w.Write([]byte(`{"access":"a","refresh":"b"}`))
		return err
	}), request("/refresh", refreshBody(token)))
	if w, err := ever.serve(request("/refresh", refreshBody(next))); err != nil || w.Code != http.StatusOK {
		t.Errorf("the successor: %d %s, %v", w.Code, w.Body, err)
	}
}

// TestAtOnce: two requests with one token at once are not compared.
func TestAtOnce(t *testing.T) {
	edge := newRolloutSite(t, 0, stateless)
	body := refreshBody(edge.login())
	inside, both := make(chan struct{}), make(chan struct{})
	waits := caddyhttp.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) error {
		inside <- struct{}{}
		<-both
		w.WriteHeader(http.StatusUnauthorized)
		return nil
	})
	var asking sync.WaitGroup
	for range 2 {
		asking.Go(func() {
			if err := edge.ServeHTTP(httptest.NewRecorder(), request("/refresh", body), waits); err != nil {
				t.Error(err)
			}
		})
	}
	<-inside
	<-inside
	close(both)
	asking.Wait()
	edge.rollout.behind.Wait()
	found, _ := edge.found()
	if diff := cmp.Diff(map[string]uint64{"at_once": 2}, found); diff != "" {
		t.Errorf("found (-want +got)\n%s", diff)
	}
	if n := len(edge.rollout.flights.under); n != 0 {
		t.Errorf("%d tokens are still thought to be with the backend", n)
	}
}
