// SPDX-License-Identifier: Apache-2.0

package redisstore

import (
	"context"
	"math/rand/v2"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/rueidis"

	"github.com/caddyrefresh/caddyrefresh/store/setting"
)

const (
	// connectTimeout bounds the making of one connection, logging in included.
	connectTimeout = 2 * time.Second

	// keepAlive is how often an idle connection is tried.
	keepAlive = time.Second

	// topologyInterval is how often a client asks who the masters are. It is also
	// told by events, but can miss one.
	topologyInterval = 2 * time.Second

	// maxRedirects ends a request that the nodes of a cluster keep redirecting.
	maxRedirects = 5

	minBackoff = 50 * time.Millisecond
	maxBackoff = time.Second
)

// resource is what sites and reloads with the same connection settings share: the
// client and its connections. Making it connects to nothing, since a config may be
// loaded only to be checked. The first question, which the handler asks when the
// config starts to run, makes it connect in the background, until it succeeds; from
// then on the client reconnects by itself.
type resource struct {
	link   *link
	ctx    context.Context // ends with the resource
	cancel context.CancelFunc
	conns  conns
	lanes  lanes

	begin sync.Once
	tried chan struct{} // closed when the first attempt is over
	ready atomic.Pointer[rueidis.Client]

	mu      sync.Mutex
	failure error // of the latest attempt, nil once connected
	closed  bool
	users   map[*Store]struct{}
	nodes   []node // what was found last
}

func newResource(l *link) *resource {
	r := &resource{link: l, lanes: newLanes(l.Cluster), tried: make(chan struct{}), users: make(map[*Store]struct{})}
	r.conns.made = make(chan struct{}, 1)
	r.ctx, r.cancel = context.WithCancel(context.Background())
	return r
}

// start begins to connect, once. The connection outlives the request that began it.
//
//nolint:contextcheck // see above
func (r *resource) start() {
	r.begin.Do(func() { go r.connect() })
}

func (r *resource) connect() {
	for attempt, backoff := 0, minBackoff; ; attempt++ {
		client, err := r.newClient(attempt)
		if r.settle(client, err, attempt) {
			break
		}
		select {
		case <-r.ctx.Done():
			return
		case <-time.After(backoff/2 + rand.N(backoff/2)): //nolint:gosec // spreads load, guards nothing
		}
		backoff = min(2*backoff, maxBackoff)
	}
	r.watch()
}

// settle notes the outcome of an attempt to connect and reports whether it was the
// last one.
func (r *resource) settle(client rueidis.Client, err error, attempt int) bool {
	r.mu.Lock()
	failed := r.failure != nil
	r.failure = err
	closed := r.closed
	if err == nil && !closed {
		r.ready.Store(&client)
		r.dispatch(client)
	}
	r.mu.Unlock()
	if attempt == 0 {
		close(r.tried)
	}
	if !closed && failed != (err != nil) {
		r.announce(err)
	}
	if client != nil && (err != nil || closed) {
		client.Close()
	}
	return err == nil || closed
}

// newClient connects. It takes no longer than connectTimeout for each address.
func (r *resource) newClient(attempt int) (rueidis.Client, error) {
	l := r.link
	dialer := net.Dialer{Timeout: connectTimeout, KeepAlive: keepAlive}
	o := rueidis.ClientOption{
		InitAddress: l.Addresses, Username: l.Username, Password: l.Password, SelectDB: l.DB,
		ClientName: "caddyrefresh", ClientSetInfo: rueidis.DisableClientSetInfo,
		Dialer: dialer, DialCtxFn: r.dial, ConnWriteTimeout: setting.MaxTimeout,
		ForceSingleClient: !l.Cluster,
		DisableCache:      true,
		// A connection that is read all the time is known to be lost before a request
		// is sent on it.
		AlwaysPipelining: true,
		// A request that was sent may have been carried out: nothing is sent twice.
		DisableRetry:       true,
		ReadBufferEachConn: connBuffer, WriteBufferEachConn: connBuffer,
		ClusterOption: rueidis.ClusterOption{
			ShardsRefreshInterval: topologyInterval, MaxMovedRedirections: maxRedirects,
		},
	}
	o.TLSConfig = l.config
	if l.SentinelMaster != "" {
		o.Sentinel = rueidis.SentinelOption{
			Dialer: dialer, TLSConfig: o.TLSConfig, MasterSet: l.SentinelMaster,
			ClientName: o.ClientName, TopologyRefreshInterval: topologyInterval,
		}
		// Sentinels have the servers' user and password, or none.
		if attempt%2 == 0 {
			o.Sentinel.Username, o.Sentinel.Password = l.Username, l.Password
		}
	}
	return rueidis.NewClient(o)
}

// connBuffer is the size of a connection's read and write buffers: hundreds of
// operations.
const connBuffer = 64 << 10

// client returns the client once there is one. It waits for the first attempt
// to connect and fails at once while later ones are under way.
func (r *resource) client(p *patience) (rueidis.Client, error) {
	if c := r.ready.Load(); c != nil {
		return *c, nil
	}
	r.start()
	select {
	case <-r.tried:
	case <-p.ctx.Done():
		return nil, p.over()
	case <-p.timer.C:
		return nil, p.over()
	}
	if c := r.ready.Load(); c != nil {
		return *c, nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.failure == nil {
		return nil, rueidis.ErrClosing
	}
	return nil, r.failure
}

// Destruct implements caddy.Destructor: it closes everything. What is still
// under way fails.
func (r *resource) Destruct() error {
	r.mu.Lock()
	r.closed = true
	client := r.ready.Load()
	r.mu.Unlock()
	r.cancel()
	go func() {
		// Closing the client waits for answers, so the connections are closed first.
		if client != nil {
			cut := time.AfterFunc(maxBackoff, r.conns.cut)
			(*client).Close()
			cut.Stop()
		}
		r.conns.cut()
	}()
	return nil
}
