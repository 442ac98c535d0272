// SPDX-License-Identifier: Apache-2.0

package redisstore

import (
	"context"
	"crypto/rand"
	"fmt"
	mathrand "math/rand/v2"
	"strings"
	"sync"
	"time"

	"github.com/caddyrefresh/caddyrefresh/store"
)

// The key <prefix>:{<slot>}:layout holds the layout of what is kept below the prefix
// and the name of the data set, which was drawn when the key was first written. With
// it an edge notices that another layout is in use, and that the data are gone: after
// a restart without them, after FLUSHALL, or because they were evicted.
//
// A cluster has 16 of these keys, whose slots are spread over its masters.
var layoutSlots = [...]string{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "a", "b", "c", "d", "e", "f"}

// layoutLife is how long the key is kept after the last edge looked at it:
// longer than anything else below the prefix that says something.
const layoutLife = 2 * store.AdminLife

// probeScript writes the key anew, so that it fails wherever a token could not be
// spent either. If another layout is in use it writes nothing.
//
// KEYS: layout. ARGV: layout, a name for new data, layoutLife.
var probeScript = newScript(luaNow + `local v = redis.call('GET', KEYS[1])
if v and string.match(v, '^(%d+) %w+$') ~= ARGV[1] then
  redis.call('GETEX', KEYS[1])
  return {t[1], t[2], v}
end
v = v or ARGV[1] .. ' ' .. ARGV[2]
redis.call('SET', KEYS[1], v, 'EX', ARGV[3])
return {t[1], t[2], v}`)

// meet makes sure, before the first question, that the layout is ours.
func (s *Store) meet(p *patience) error {
	if s.state.met.Load() {
		return nil
	}
	_, err := s.probe(p, layoutSlots[mathrand.N(s.slots())]) //nolint:gosec // any will do
	return err
}

// slots is how many of layoutSlots are in use.
func (s *Store) slots() int {
	if s.resource.link.Cluster {
		return len(layoutSlots)
	}
	return 1
}

// probe asks a server whether it takes writes, and what data it has.
func (s *Store) probe(p *patience, slot string) (time.Time, error) {
	got, err := s.resource.do(p, &call{
		script: probeScript, keys: []string{s.layoutKey(slot)},
		args: []string{layout, rand.Text(), secondText(int64(layoutLife / time.Second))},
	})
	if err != nil {
		return time.Time{}, err
	}
	now, rest, err := parse(&got)
	if err != nil {
		return time.Time{}, err
	}
	text, err := rest[0].ToString()
	if err != nil {
		return time.Time{}, errRecord
	}
	found, name, _ := strings.Cut(text, " ")
	return now, s.recognize(slot, found, name)
}

// recognize compares what a server holds with what is known, and logs once what is
// wrong.
func (s *Store) recognize(slot, found, name string) error {
	s.state.mu.Lock()
	defer s.state.mu.Unlock()
	s.state.met.Store(found == layout)
	if found != layout {
		err := fmt.Errorf("%w: what stands below key_prefix has the layout %.20q, this release has %s: "+
			"run the same release everywhere, or choose another key_prefix", store.ErrLayout, found, layout)
		if !s.state.foreign {
			s.state.foreign = true
			s.logger.Error(err.Error())
		}
		return err
	}
	s.state.foreign = false
	before := s.state.names[slot]
	s.state.names[slot] = name
	if before != "" && before != name {
		s.logger.Error(lostData)
		s.state.fault.Store(&fault{lostData, time.Now()})
	}
	return nil
}

const lostData = "redis has lost its data, by a restart without them, by FLUSHALL or by eviction: " +
	"tokens that were spent or revoked before may be accepted once more; use appendonly, and maxmemory-policy noeviction"

// probeAll probes every slot in use, all at once, and returns the first fault.
func (s *Store) probeAll(ctx context.Context) (now time.Time, err error) {
	var mu sync.Mutex
	var wg sync.WaitGroup
	for _, slot := range layoutSlots[:s.slots()] {
		wg.Go(func() {
			p := s.patience(ctx)
			defer p.timer.Stop()
			at, fault := s.probe(p, slot)
			mu.Lock()
			defer mu.Unlock()
			if fault != nil && err == nil {
				err = fault
			}
			if fault == nil {
				now = at
			}
		})
	}
	wg.Wait()
	if err != nil {
		s.resource.upset(err)
		return now, s.fault(err)
	}
	return now, nil
}
