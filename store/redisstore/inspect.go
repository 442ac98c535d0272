// SPDX-License-Identifier: Apache-2.0

package redisstore

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/redis/rueidis"

	"github.com/caddyrefresh/caddyrefresh/store"
)

var _ store.Inspector = (*Store)(nil)

// Inspect implements store.Inspector. It has a connection of its own: the store's
// own client would write down the layout.
func (s *Store) Inspect(ctx context.Context, _ *store.Inspection) store.Report {
	var report store.Report
	err := s.aside(ctx, func(client rueidis.Client) error {
		i := inspection{s: s, client: client, Report: &report}
		return i.run(ctx)
	})
	if err != nil {
		report.Faults = append(report.Faults, s.resource.explain(err))
	}
	return report
}

// Peek implements store.Inspector.
func (s *Store) Peek(ctx context.Context, c *store.Check) (a store.Answer, err error) {
	question, err := s.question(checkScript, c.Name, &c.Token)
	if err != nil {
		return a, err
	}
	err = s.aside(ctx, func(client rueidis.Client) error {
		var got reply
		got.script = client.Do(ctx, client.B().Eval().Script(checkScript.text).
			Numkeys(int64(len(question.keys))).Key(question.keys...).Arg(question.args...).Build())
		if err := got.script.Error(); err != nil {
			return err
		}
		if question.get != "" {
			got.get = client.Do(ctx, client.B().Get().Key(question.get).Build())
		}
		answer, err := question.read(&got, &c.Token)
		if err == nil {
			a = store.Answer{Verdict: answer.verdict, Now: answer.now}
		}
		return err
	})
	if err != nil {
		return store.Answer{}, fmt.Errorf("%w: redis: %s", store.ErrUnavailable, s.resource.explain(err))
	}
	return a, nil
}

// aside gives f a client that nothing else uses. A client cannot be told how long to
// dial, so one that is ready too late is closed.
func (s *Store) aside(ctx context.Context, f func(rueidis.Client) error) error {
	type dialled struct {
		client rueidis.Client
		err    error
	}
	done := make(chan dialled, 1)
	go func() {
		client, err := s.resource.newClient(0)
		if err != nil && s.resource.link.SentinelMaster != "" {
			client, err = s.resource.newClient(1)
		}
		done <- dialled{client, err}
	}()
	select {
	case d := <-done:
		if d.err != nil {
			return d.err
		}
		defer d.client.Close()
		return f(d.client)
	case <-ctx.Done():
		go func() {
			if d := <-done; d.client != nil {
				d.client.Close()
			}
		}()
		return ctx.Err()
	}
}

// inspection is one Inspect under way.
type inspection struct {
	*store.Report
	s      *Store
	client rueidis.Client
}

func (i *inspection) fault(format string, args ...any) {
	if text := fmt.Sprintf(format, args...); !slices.Contains(i.Faults, text) {
		i.Faults = append(i.Faults, text)
	}
}

func (i *inspection) run(ctx context.Context) error {
	masters := 0
	nodes := i.client.Nodes()
	for address, node := range nodes {
		master, err := i.node(ctx, address, node, len(nodes) == 1)
		switch {
		case err != nil && len(nodes) == 1:
			return err
		case err != nil:
			i.fault("the node %s does not answer: %s", address, i.s.resource.explain(err))
			continue
		case !master:
			continue
		}
		masters++
		if err := i.rights(ctx, address, node); err != nil {
			return err
		}
	}
	if masters == 0 && len(i.Faults) == 0 {
		i.fault("no master answers")
	}
	for _, slot := range layoutSlots[:i.s.slots()] {
		if err := i.layout(ctx, slot); err != nil {
			return err
		}
	}
	return nil
}

// node looks at one server, and reports whether it is a master.
func (i *inspection) node(ctx context.Context, address string, node rueidis.Client, alone bool) (master bool, err error) {
	clock, err := node.Do(ctx, node.B().Time().Build()).AsStrSlice()
	switch {
	case err != nil && !isRefusal(err, "NOPERM"):
		return false, err
	case err == nil && len(clock) == 2:
		now, err := parseClock(clock[0], clock[1])
		if err != nil {
			return false, err
		}
		if i.Now.IsZero() || time.Until(now).Abs() > time.Until(i.Now).Abs() {
			i.Now = now // the clock that is furthest off
		}
	}
	info, err := node.Do(ctx, node.B().Info().Build()).ToString()
	if err != nil {
		i.Remarks = append(i.Remarks, "the user may not run info, so it is not known whether "+address+
			" would evict records of spent tokens: allow +info, or make sure that maxmemory-policy is noeviction")
		return true, nil //nolint:nilerr // the rest can be known without
	}
	version, policy, role := infoField(info, "redis_version"), infoField(info, "maxmemory_policy"), infoField(info, "role")
	if role == "slave" {
		if alone {
			i.fault("%s is a replica, which takes no writes: name the master, or use sentinel_master", address)
		}
		return false, nil
	}
	i.About = strings.TrimSpace("Redis " + version)
	if tooOld(version) {
		i.fault("%s is Redis %s, which is too old: run 6.2 or later, or Valkey", address, version)
	}
	if policy != "" && policy != "noeviction" {
		i.fault("%s may evict records of spent tokens, which would then be good again: its maxmemory-policy is %s, set it to noeviction", address, policy)
	}
	return true, nil
}

// layout compares what stands below the prefix with what this release reads.
func (i *inspection) layout(ctx context.Context, slot string) error {
	text, err := i.client.Do(ctx, i.client.B().Get().Key(i.s.layoutKey(slot)).Build()).ToString()
	switch {
	case rueidis.IsRedisNil(err):
		return nil
	case isRefusal(err, "NOPERM"):
		return nil // rights has reported it
	case err != nil:
		return err
	}
	if found, _, _ := strings.Cut(text, " "); found != layout {
		i.fault("%v: what stands below key_prefix has the layout %.20q, this release has %s: run the same release everywhere, or choose another key_prefix",
			store.ErrLayout, found, layout)
	}
	return nil
}
