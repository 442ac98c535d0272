// SPDX-License-Identifier: Apache-2.0

package jwks

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"
)

// A Remote that leaves something behind would do so at every reload.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// clock is a time that stands still until it is moved.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// endpoint is a server of JWK Sets whose handler can be exchanged.
type endpoint struct {
	*httptest.Server
	hits    atomic.Int64
	handler atomic.Pointer[http.HandlerFunc]
}

func newEndpoint(t *testing.T, h http.HandlerFunc) *endpoint {
	t.Helper()
	e := &endpoint{}
	e.become(h)
	e.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		e.hits.Add(1)
		(*e.handler.Load())(w, r)
	}))
	t.Cleanup(e.Close)
	return e
}

func (e *endpoint) become(h http.HandlerFunc) { e.handler.Store(&h) }

func (e *endpoint) wantHits(t *testing.T, want int64) {
	t.Helper()
	if got := e.hits.Load(); got != want {
		t.Errorf("%d requests reached the endpoint, want %d", got, want)
	}
}

func serving(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte(body)) }
}

func failing(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) }

// keys returns a set with these keys.
func keys(t testing.TB, all ...PublicKey) string {
	t.Helper()
	d, err := NewDocument(all...)
	if err != nil {
		t.Fatal(err)
	}
	return string(d.JSON())
}

var (
	ecKeys = sync.OnceValue(func() []*ecdsa.PublicKey {
		all := make([]*ecdsa.PublicKey, 3)
		for i := range all {
			key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
			if err != nil {
				panic(err)
			}
			all[i] = &key.PublicKey
		}
		return all
	})
	rsaKey = sync.OnceValue(func() *rsa.PrivateKey {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			panic(err)
		}
		return key
	})
	edKey = sync.OnceValue(func() ed25519.PublicKey {
		pub, _, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			panic(err)
		}
		return pub
	})
)

func ec(i int, kid string) PublicKey {
	return PublicKey{Key: ecKeys()[i], Algorithm: "ES256", KeyID: kid}
}

// remote is a Remote under test and what it runs on.
type remote struct {
	*Remote[crypto.PublicKey]
	*clock
	logs *observer.ObservedLogs
}

// newRemote makes one for ES256; change may alter its configuration.
func newRemote(t *testing.T, url string, change func(*Config[crypto.PublicKey])) *remote {
	t.Helper()
	core, logs := observer.New(zapcore.DebugLevel)
	c := &clock{now: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)}
	config := Config[crypto.PublicKey]{
		URL:       url,
		Algorithm: "ES256",
		NewKey:    func(_ string, pub crypto.PublicKey) (crypto.PublicKey, error) { return pub, nil },
		Logger:    func() *zap.Logger { return zap.New(core) },
		Now:       c.Now,
	}
	if change != nil {
		change(&config)
	}
	r, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	return &remote{r, c, logs}
}

// settle waits for a fetch in the background.
func (r *remote) settle() { r.fetches.Wait() }

// wantKey asks for kid and wants the public key of index i of ecKeys.
func (r *remote) wantKey(t *testing.T, kid string, i int) {
	t.Helper()
	got, err := r.Key(t.Context(), kid)
	if err != nil {
		t.Fatalf("Key(%q): %v", kid, err)
	}
	if !ecKeys()[i].Equal(got) {
		t.Errorf("Key(%q) is another key", kid)
	}
}
