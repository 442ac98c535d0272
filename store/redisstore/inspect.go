// SPDX-License-Identifier: Apache-2.0

package redisstore

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"

	"go.uber.org/zap"
)

// node is what a server says of itself.
type node struct {
	address string
	policy  string // maxmemory-policy
	version string
	failure string // why it is not known
}

// inspect asks every server for its settings, after the first connection, and
// tells all stores that use it.
func (r *resource) inspect() {
	client := r.ready.Load()
	if client == nil {
		return
	}
	var nodes []node
	for address, c := range (*client).Nodes() {
		ctx, cancel := context.WithTimeout(r.ctx, maxTimeout)
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
	r.mu.Lock()
	r.nodes = nodes
	r.mu.Unlock()
	for _, s := range r.everyone() {
		s.heed(nodes)
	}
}

// everyone returns the stores that use the connections now.
func (r *resource) everyone() []*Store {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Collect(maps.Keys(r.users))
}

// announce says that the first connection could not be made, or could at last.
func (r *resource) announce(err error) {
	for _, s := range r.everyone() {
		if err == nil {
			s.logger.Info("redis can be reached now")
		} else {
			s.logger.Error("redis cannot be reached: requests are answered with 503 until it can, which is tried again and again",
				zap.Strings("addresses", r.link.Addresses), zap.String("error", r.explain(err)))
		}
	}
}

// attach lets a store be told what inspect finds.
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

// heed warns of servers that would forget spent tokens.
func (s *Store) heed(nodes []node) {
	for _, n := range nodes {
		at := zap.String("address", n.address)
		switch {
		case n.failure != "":
			s.logger.Info("cannot see whether redis would evict records of spent tokens: make sure that maxmemory-policy is noeviction",
				at, zap.String("error", n.failure))
			continue
		case n.policy != "noeviction":
			s.logger.Warn("redis may evict records of spent tokens, which would then be accepted again: set maxmemory-policy to noeviction",
				at, zap.String("maxmemory_policy", n.policy))
		}
		if tooOld(n.version) {
			s.logger.Error("redis is too old: run 6.2 or later, or Valkey", at, zap.String("version", n.version))
		}
	}
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
