// SPDX-License-Identifier: Apache-2.0

package redisstore

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.uber.org/zap"

	"github.com/caddyrefresh/caddyrefresh/store"
	"github.com/caddyrefresh/caddyrefresh/store/setting"
)

// watchInterval is how often servers are looked at while nothing happens. After a new
// connection they are looked at immediately, since a server may have restarted.
const watchInterval = 10 * time.Second

// watchPause bounds how often servers are looked at if connections are lost and made
// all the time.
const watchPause = 100 * time.Millisecond

// node is what a server says of itself.
type node struct {
	address string
	policy  string // maxmemory-policy
	version string
	failure string // why it is not known
}

// watch looks at all servers, for all stores that use them, until the resource
// ends.
func (r *resource) watch() {
	if r.ready.Load() == nil {
		return // the resource ended first
	}
	tick := time.NewTicker(watchInterval)
	defer tick.Stop()
	for {
		nodes := r.inspect()
		if r.ctx.Err() != nil {
			return
		}
		r.mu.Lock()
		r.nodes = nodes
		r.mu.Unlock()
		for _, s := range r.everyone() {
			s.heed(nodes)
			_, _ = s.probeAll(r.ctx) // it logs what is wrong
		}
		select {
		case <-r.ctx.Done():
			return
		case <-tick.C:
		case <-r.conns.made:
			time.Sleep(watchPause)
		}
	}
}

// inspect asks every server for its settings.
func (r *resource) inspect() []node {
	client := *r.ready.Load()
	all := client.Nodes()
	nodes := make([]node, 0, len(all))
	for address, c := range all {
		ctx, cancel := context.WithTimeout(r.ctx, setting.MaxTimeout)
		text, err := c.Do(ctx, c.B().Info().Build()).ToString()
		cancel()
		n := node{address: address}
		if err != nil {
			n.failure = r.explain(err)
		} else {
			n.policy, n.version = infoField(text, "maxmemory_policy"), infoField(text, "redis_version")
		}
		nodes = append(nodes, n)
	}
	return nodes
}

// everyone returns the stores that use the connections now.
func (r *resource) everyone() []*Store {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Collect(maps.Keys(r.users))
}

// announce logs that the first connection failed, or that it succeeded after all.
func (r *resource) announce(err error) {
	for _, s := range r.everyone() {
		if err == nil {
			s.logger.Info("redis can be reached now")
		} else {
			s.logger.Error("redis cannot be reached: requests are answered with 503 until it can; the edge keeps trying",
				zap.Strings("addresses", r.link.Addresses), zap.String("error", r.explain(err)))
		}
	}
}

// attach registers a store to be told what watch finds.
func (r *resource) attach(s *Store) {
	r.mu.Lock()
	r.users[s] = struct{}{}
	nodes := r.nodes
	r.mu.Unlock()
	s.heed(nodes)
}

func (r *resource) detach(s *Store) {
	r.mu.Lock()
	delete(r.users, s)
	r.mu.Unlock()
}

// heed reports servers that would forget spent tokens: once in the log, and in the
// status for as long as that is so.
func (s *Store) heed(nodes []node) {
	s.state.mu.Lock()
	defer s.state.mu.Unlock()
	var complaint *fault
	eviction := store.EvictionUnknown
	for _, n := range nodes {
		before, seen := s.state.nodes[n.address]
		switch {
		case n.failure != "" && seen:
			n = before // the last settings seen still count
		case n.failure != "":
			s.logger.Info("cannot see whether redis would evict records of spent tokens: make sure that maxmemory-policy is noeviction",
				zap.String("address", n.address), zap.String("error", n.failure))
		}
		s.state.nodes[n.address] = n
		eviction = max(eviction, evictionBy(n.policy))
		if evictionBy(n.policy) == store.MayEvict {
			text := fmt.Sprintf("redis may evict records of spent tokens, which would then be accepted again: "+
				"maxmemory-policy of %s is %s, set it to noeviction", n.address, n.policy)
			complaint = &fault{text, time.Now()}
			if n.policy != before.policy {
				s.logger.Error(text)
			}
		}
		if tooOld(n.version) && n.version != before.version {
			s.logger.Error("redis is too old: run 6.2 or later, or Valkey", zap.String("address", n.address), zap.String("version", n.version))
		}
	}
	if before := s.state.complaint.Load(); complaint == nil || before == nil || before.text != complaint.text {
		s.state.complaint.Store(complaint)
	}
	s.state.eviction.Store(uint32(eviction))
}

// evictionBy returns what a maxmemory-policy means for the records.
func evictionBy(policy string) store.Eviction {
	switch policy {
	case "":
		return store.EvictionUnknown
	case "noeviction":
		return store.EvictsNothing
	}
	return store.MayEvict
}

// infoField finds a line `name:value` in the answer of INFO.
func infoField(info, name string) string {
	for line := range strings.SplitSeq(info, "\r\n") {
		if value, ok := strings.CutPrefix(line, name+":"); ok {
			return value
		}
	}
	return ""
}

// tooOld reports whether a version lacks GETEX and SET ... EXAT, which 6.2 brought.
func tooOld(version string) bool {
	major, rest, _ := strings.Cut(version, ".")
	minor, _, _ := strings.Cut(rest, ".")
	a, err := strconv.Atoi(major)
	b, err2 := strconv.Atoi(minor)
	return err == nil && err2 == nil && (a < 6 || a == 6 && b < 2)
}
