// SPDX-License-Identifier: Apache-2.0

package usercheck

import (
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/caddyserver/caddy/v2"
	"go.opentelemetry.io/otel/trace"
	"go.uber.org/goleak"
)

func newChecker(t testing.TB, s *Settings, change ...func(*Config)) *Checker {
	t.Helper()
	config := &Config{Settings: s, Name: t.Name()}
	for _, f := range change {
		f(config)
	}
	c, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// view is a backend that answers with f.
func view(t testing.TB, f http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	return server.URL + "/users/{user_id}"
}

// TestStatuses: a 2xx passes, 410 refuses, and nothing else does either.
func TestStatuses(t *testing.T) {
	for status := 200; status <= 599; status++ {
		a := newChecker(t, &Settings{URL: view(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "/elsewhere")
			w.WriteHeader(status)
		})}).question(t.Context(), "1")
		want := resultBadAnswer
		switch {
		case status < 300:
			want = resultActive
		case status == 410:
			want = resultRefused
		}
		if a.result != want || (a.err != nil) != (want == resultBadAnswer) {
			t.Errorf("%d: %s, %v", status, results[a.result], a.err)
		}
		if a.err != nil && !strings.HasPrefix(a.err.Error(), fmt.Sprintf("the backend answers %d: ", status)) {
			t.Errorf("%d: %v", status, a.err)
		}
	}
}

// TestCures: the error says what to look at.
func TestCures(t *testing.T) {
	for status, want := range map[int]string{
		301: "APPEND_SLASH", 302: "SECURE_SSL_REDIRECT", 400: "ALLOWED_HOSTS", 401: "the secret", 403: "the secret",
		404: "410", 409: "204", 429: "rate limits", 500: "log", 503: "log",
	} {
		if got := cure(status); !strings.Contains(got, want) {
			t.Errorf("%d: %s", status, got)
		}
	}
}

// TestRequest: what the view gets, and nothing of the client's.
func TestRequest(t *testing.T) {
	t.Setenv("TEST_SECRET", "an-edge-secret")
	var got *http.Request
	url := view(t, func(_ http.ResponseWriter, r *http.Request) { got = r })
	c := newChecker(t, &Settings{URL: url, Header: map[string]string{
		"x-edge-secret": "{env.TEST_SECRET}", "Host": "api.example.com", "X-Forwarded-Proto": "https",
	}}, func(c *Config) { c.RequestID = func(context.Context) string { return "request-1" } })
	span := trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{1}, SpanID: trace.SpanID{2}, TraceFlags: trace.FlagsSampled})
	if active, err := c.Check(trace.ContextWithSpanContext(t.Context(), span), "1"); !active || err != nil {
		t.Fatal(active, err)
	}
	want := map[string]string{
		"X-Edge-Secret": "an-edge-secret", "X-Forwarded-Proto": "https", "X-Request-Id": "request-1", "User-Agent": "caddyrefresh",
		"Traceparent": "00-01000000000000000000000000000000-0200000000000000-01",
	}
	for name, value := range want {
		if got.Header.Get(name) != value {
			t.Errorf("%s: %q, want %q", name, got.Header.Get(name), value)
		}
	}
	if len(got.Header) != len(want) || got.Method != "GET" || got.Host != "api.example.com" || got.ContentLength != 0 {
		t.Errorf("%s %s with %v", got.Method, got.Host, got.Header)
	}
}

// TestFaults: faults of servers and networks are errors, of which none quotes the user,
// the URL or a secret.
func TestFaults(t *testing.T) {
	t.Setenv("TEST_SECRET", "an-edge-secret")
	tls := httptest.NewUnstartedServer(nil)
	tls.Config.ErrorLog = log.New(io.Discard, "", 0)
	tls.StartTLS()
	defer tls.Close()
	// raw answers with bytes that no handler could write.
	raw := func(text string) string {
		return view(t, func(w http.ResponseWriter, r *http.Request) {
			conn, _, err := w.(http.Hijacker).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			defer conn.Close()
			_, _ = conn.Write([]byte(strings.ReplaceAll(text, "SECRET", r.Header.Get("X-Edge-Secret"))))
			if text != "" {
				_, _ = io.Copy(io.Discard, conn) // until the edge hangs up
			}
		})
	}
	for name, tt := range map[string]struct{ url, want string }{
		"nobody listens":    {"http://127.0.0.1:1/{user_id}", "connection refused"},
		"unknown authority": {tls.URL + "/{user_id}", "certificate"},
		"https without TLS": {strings.Replace(view(t, http.NotFound), "http:", "https:", 1), "HTTP response to HTTPS client"},
		"hangs up":          {raw(""), "EOF"},
		"no HTTP":           {raw("220 smtp ready\r\n"), "cannot be asked"},
		"an echo":           {raw("HTTP/1.1 200 OK\r\nX-Edge-Secret SECRET\r\n\r\n"), "quotes a header"},
		"huge headers":      {raw("HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", maxResponseHeader) + "\r\n\r\n"), "exceeded"},
		"endless hints":     {raw(strings.Repeat("HTTP/1.1 103 Early Hints\r\nX: "+strings.Repeat("x", 1000)+"\r\n\r\n", 100)), "cannot be asked"},
		"another protocol":  {raw("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n"), "answers 101"},
	} {
		c := newChecker(t, &Settings{URL: tt.url, Header: map[string]string{"X-Edge-Secret": "{env.TEST_SECRET}"}})
		active, err := c.Check(t.Context(), "the-user")
		if active || err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, %v, want %s", name, active, err, tt.want)
			continue
		}
		for _, secret := range []string{"an-edge-secret", "the-user"} {
			if strings.Contains(err.Error(), secret) {
				t.Errorf("%s: the error quotes what it must not: %v", name, err)
			}
		}
	}
}

// TestRedirects: no redirect is followed, since the secret is for the view alone.
func TestRedirects(t *testing.T) {
	var asked atomic.Int64
	c := newChecker(t, &Settings{URL: view(t, func(w http.ResponseWriter, r *http.Request) {
		if asked.Add(1) > 1 {
			return
		}
		http.Redirect(w, r, "/users/1/", http.StatusMovedPermanently)
	})})
	if active, err := c.Check(t.Context(), "1"); active || err == nil || asked.Load() != 1 {
		t.Errorf("%v, %v after %d requests", active, err, asked.Load())
	}
}

// TestBodies: a body is dropped, and a short one leaves the connection to the next request.
func TestBodies(t *testing.T) {
	for size, want := range map[int]int64{0: 1, 1000: 1, 1 << 20: 3} {
		var connections atomic.Int64
		server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write(make([]byte, size))
		}))
		server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
			if state == http.StateNew {
				connections.Add(1)
			}
		}
		server.Start()
		c := newChecker(t, &Settings{URL: server.URL + "/{user_id}"})
		for range 3 {
			if active, err := c.Check(t.Context(), "1"); !active || err != nil {
				t.Errorf("%d bytes: %v, %v", size, active, err)
			}
		}
		c.Close()
		server.Close()
		if got := connections.Load(); got != want {
			t.Errorf("%d bytes: 3 requests took %d connections, want %d", size, got, want)
		}
	}
}

// TestEndlessBody: the status decides, and a body that never ends is given up.
func TestEndlessBody(t *testing.T) {
	c := newChecker(t, &Settings{Timeout: caddy.Duration(100 * time.Millisecond), URL: view(t, func(w http.ResponseWriter, r *http.Request) {
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	})})
	if active, err := c.Check(t.Context(), "1"); !active || err != nil {
		t.Errorf("%v, %v", active, err)
	}
}

// TestSlow: a view that hangs costs the timeout, and the error says so.
func TestSlow(t *testing.T) {
	url := view(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	c := newChecker(t, &Settings{URL: url, Timeout: caddy.Duration(50 * time.Millisecond), MaxInFlight: 1})
	a := c.question(t.Context(), "1")
	if a.result != resultUnreachable || !strings.Contains(a.err.Error(), "no answer within 50ms") {
		t.Errorf("%s, %v", results[a.result], a.err)
	}
	// While the one slot is taken, another user's request waits for it within the timeout.
	select {
	case c.slots <- struct{}{}:
	default:
		t.Fatal("the request that ended holds its slot")
	}
	if a := c.question(t.Context(), "2"); a.result != resultBusy || !strings.Contains(a.err.Error(), "max_in_flight 1") {
		t.Errorf("without a slot: %s, %v", results[a.result], a.err)
	}
	<-c.slots
}

// parked is a transport whose requests wait until it is released. It counts them.
type parked struct {
	release chan struct{}
	status  int
	asked   atomic.Int64
	most    atomic.Int64
	now     atomic.Int64
}

func (p *parked) RoundTrip(r *http.Request) (*http.Response, error) {
	p.asked.Add(1)
	if now := p.now.Add(1); now > p.most.Load() {
		p.most.Store(now)
	}
	defer p.now.Add(-1)
	select {
	case <-p.release:
		return &http.Response{StatusCode: p.status, Body: http.NoBody, Request: r}, nil
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
}

// TestCoalesced: requests about one user at the same time are one, also when the client
// that was first leaves.
func TestCoalesced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &parked{release: make(chan struct{}), status: 204}
		c := newChecker(t, &Settings{URL: "http://backend/{user_id}"}, func(c *Config) { c.Transport = p })
		var all sync.WaitGroup
		first, leave := context.WithCancel(t.Context())
		for i := range 8 {
			ctx := t.Context()
			if i == 0 {
				ctx = first
			}
			all.Go(func() {
				if active, err := c.Check(ctx, "1"); !active || err != nil {
					t.Errorf("request %d: %v, %v", i, active, err)
				}
			})
			synctest.Wait()
		}
		leave()
		synctest.Wait()
		close(p.release)
		all.Wait()
		if n := p.asked.Load(); n != 1 {
			t.Errorf("%d requests, want 1", n)
		}
		if active, err := c.Check(t.Context(), "1"); !active || err != nil || p.asked.Load() != 2 {
			t.Errorf("afterwards: %v, %v, %d requests: nothing is to be remembered", active, err, p.asked.Load())
		}
	})
}

// TestInFlight: so many requests and no more are under way, and those who wait get their
// answer.
func TestInFlight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &parked{release: make(chan struct{}), status: 410}
		c := newChecker(t, &Settings{URL: "http://backend/{user_id}", MaxInFlight: 3}, func(c *Config) { c.Transport = p })
		var all sync.WaitGroup
		for i := range 20 {
			all.Go(func() {
				if active, err := c.Check(t.Context(), fmt.Sprint(i)); active || err != nil {
					t.Errorf("user %d: %v, %v", i, active, err)
				}
			})
		}
		synctest.Wait()
		if n := p.now.Load(); n != 3 {
			t.Errorf("%d requests are under way, want 3", n)
		}
		time.Sleep(time.Second) // of the two that the timeout allows
		close(p.release)
		all.Wait()
		if p.most.Load() != 3 || p.asked.Load() != 20 {
			t.Errorf("%d requests, at most %d at once", p.asked.Load(), p.most.Load())
		}
	})
}

// TestMemory: an active user is remembered from the question on; nothing else is.
func TestMemory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &parked{release: make(chan struct{}), status: 200}
		c := newChecker(t, &Settings{URL: "http://backend/{user_id}", Cache: caddy.Duration(30 * time.Second)}, func(c *Config) { c.Transport = p })
		go func() {
			time.Sleep(time.Second)
			close(p.release)
		}()
		for _, step := range []struct {
			pause  time.Duration
			user   string
			status int
			active bool
			asked  int64 // altogether
		}{
			{0, "1", 200, true, 1},
			{0, "1", 410, true, 1},
			{28 * time.Second, "1", 410, true, 1}, // the answer took another second
			{time.Second, "1", 410, false, 2},
			{0, "1", 410, false, 3},
			{0, "1", 200, true, 4},
			{0, "2", 503, false, 5},
			{0, "2", 200, true, 6},
			{0, "1", 410, true, 6},
		} {
			time.Sleep(step.pause)
			p.status = step.status
			if active, _ := c.Check(t.Context(), step.user); active != step.active || p.asked.Load() != step.asked {
				t.Errorf("%+v: %v after %d requests", step, active, p.asked.Load())
			}
		}
	})
}

// TestMemoryIsBounded: the memory holds no more than two generations, and the newest
// users are among them.
func TestMemoryIsBounded(t *testing.T) {
	m := newMemory(time.Hour)
	m.capacity = 10
	now := time.Now()
	for i := range 95 {
		m.note(fmt.Sprint(i), now)
		if n := len(m.young) + len(m.old); n > 20 {
			t.Fatalf("%d users after %d", n, i+1)
		}
	}
	for i := range 95 {
		if want := i >= 80; m.has(fmt.Sprint(i), now) != want {
			t.Errorf("user %d is remembered: %v, want %v", i, !want, want)
		}
	}
	if m.has("94", now.Add(time.Hour)) || m.has("94", now.Add(-time.Second)) {
		t.Error("a user is remembered outside the lifetime")
	}
}

// TestProbe: a view that knows everybody is told from one that does not, whatever is
// remembered.
func TestProbe(t *testing.T) {
	status := http.StatusGone
	var asked string
	c := newChecker(t, &Settings{URL: view(t, func(w http.ResponseWriter, r *http.Request) {
		asked = r.URL.Path
		w.WriteHeader(status)
	}), Cache: caddy.Duration(time.Minute)})
	if active, err := c.Probe(t.Context()); active || err != nil || asked != "/users/0" {
		t.Errorf("%v, %v, asked %s", active, err, asked)
	}
	status = http.StatusOK
	if active, err := c.Probe(t.Context()); !active || err != nil {
		t.Errorf("%v, %v", active, err)
	}
	status = http.StatusForbidden
	if active, err := c.Probe(t.Context()); active || err == nil {
		t.Errorf("%v, %v", active, err)
	}
}

// TestCloseLeavesNothing: a closed Checker has no connection and no goroutine.
func TestCloseLeavesNothing(t *testing.T) {
	before := goleak.IgnoreCurrent()
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	c := newChecker(t, &Settings{URL: server.URL + "/{user_id}"})
	if active, err := c.Check(t.Context(), "1"); !active || err != nil {
		t.Fatal(active, err)
	}
	c.Close()
	server.Close()
	goleak.VerifyNone(t, before)
}

// TestSettings: what is out of range or contradicts is refused, and no error quotes a
// value.
func TestSettings(t *testing.T) {
	t.Setenv("TEST_LINES", "a-secret\nof-two-lines")
	for want, s := range map[string]Settings{
		"timeout 11s is out of range":         {Timeout: caddy.Duration(11 * time.Second)},
		"timeout -1s is out of range":         {Timeout: caddy.Duration(-time.Second)},
		"timeout 2ns is out of range":         {Timeout: 2},
		"cache 2h0m0s is out of range":        {Cache: caddy.Duration(2 * time.Hour)},
		"cache -1s is out of range":           {Cache: caddy.Duration(-time.Second)},
		"max_in_flight -1 is out of range":    {MaxInFlight: -1},
		"max_in_flight 10001 is out of range": {MaxInFlight: 10001},
		"is not the name of a header":         {Header: map[string]string{"X Secret": "x"}},
		"X-Request-Id is one that the edge":   {Header: map[string]string{"x-request-id": "x"}},
		"Transfer-Encoding is one that":       {Header: map[string]string{"Transfer-Encoding": "x"}},
		"header X-Secret is given twice":      {Header: map[string]string{"X-Secret": "x", "x-secret": "x"}},
		"has a line break or another control": {Header: map[string]string{"X-Secret": "{env.TEST_LINES}"}},
		"{env.TEST_UNSET} is empty or cannot": {Header: map[string]string{"X-Secret": "{env.TEST_UNSET}"}},
		"the URL needs {user_id} once":        {URL: "https://backend/users"},
	} {
		if s.URL == "" {
			s.URL = "https://backend/{user_id}"
		}
		_, err := New(&Config{Settings: &s})
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "a-secret") {
			t.Errorf("%v, want %s", err, want)
		}
	}
	if _, err := New(&Config{Settings: &Settings{URL: "https://backend/{user_id}", MaxInFlight: maxInFlight, Timeout: caddy.Duration(maxTimeout), Cache: caddy.Duration(maxCache)}}); err != nil {
		t.Errorf("the greatest values: %v", err)
	}
}
