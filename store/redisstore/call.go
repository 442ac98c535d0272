// SPDX-License-Identifier: Apache-2.0

package redisstore

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/redis/rueidis"

	"github.com/caddyrefresh/caddyrefresh/store"
)

// maxFlying is how many operations may be under way at once, those that nobody
// waits for any more included.
const maxFlying = 16384

// calmAfter is how long after a fault, or after a connection was made or lost,
// operations run apart.
const calmAfter = 5 * time.Second

// maxCalm is how many operations rueidis's queue holds without doubt.
const maxCalm = 512

var errBusy = errors.New("too many operations wait for redis already")

// call is one script to run and, beside it, at most one key to read.
type call struct {
	script *script
	keys   []string
	args   []string
	get    string // a key in another slot, read in the same flush; "" for none
}

type reply struct{ script, get rueidis.RedisResult }

// do runs a call within the store's timeout.
func (s *Store) do(ctx context.Context, c *call) (reply, error) {
	if err := ctx.Err(); err != nil {
		return reply{}, s.fault(err)
	}
	ctx, cancel := s.bound(ctx)
	defer cancel()
	r := s.resource
	client, err := r.client(ctx)
	if err != nil {
		return reply{}, s.fault(err)
	}
	var got reply
	if r.calm() {
		r.flying.Add(1)
		got = c.run(ctx, client)
		r.flying.Add(-1)
	} else if got, err = r.runApart(ctx, client, c); err != nil {
		return reply{}, s.fault(err)
	}
	if err := errors.Join(got.script.Error(), c.getError(got)); err != nil {
		r.upset(err)
		return reply{}, s.fault(err)
	}
	return got, nil
}

// calm reports whether rueidis may be trusted to heed the context: it does not
// where its queue is full, where another request dials and, in a cluster, where
// it learns the topology.
func (r *resource) calm() bool {
	return !r.link.Cluster && r.flying.Load() < maxCalm && time.Now().UnixNano()-max(r.upsetAt.Load(), r.conns.changed.Load()) > int64(calmAfter)
}

// runApart runs a call that must not hold up whoever waits for it. It leaves
// the time that a connection needs to be made to rueidis, and what was given up
// may still be carried out, as with every write whose answer is lost.
func (r *resource) runApart(ctx context.Context, client rueidis.Client, c *call) (reply, error) {
	if r.flying.Add(1) > maxFlying {
		r.flying.Add(-1)
		return reply{}, errBusy
	}
	done := make(chan reply, 1)
	go func() { //nolint:contextcheck // see above
		defer r.flying.Add(-1)
		done <- c.run(context.Background(), client)
	}()
	select {
	case got := <-done:
		return got, nil
	case <-ctx.Done():
		r.upset(ctx.Err())
		return reply{}, ctx.Err()
	}
}

// upset notes a fault and gives up connections that are behind it.
func (r *resource) upset(err error) {
	r.upsetAt.Store(time.Now().UnixNano())
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		r.conns.suspect()
	case r.link.SentinelMaster == "" && !r.link.Cluster && isRefusal(err, "READONLY"):
		r.conns.renew()
	}
}

func (c *call) getError(got reply) error {
	if c.get == "" {
		return nil
	}
	if err := got.get.Error(); err != nil && !rueidis.IsRedisNil(err) {
		return err
	}
	return nil
}

// run sends the call. A server that does not know the script has not run it, so
// sending the text is no repetition.
func (c *call) run(ctx context.Context, client rueidis.Client) reply {
	named := client.B().Evalsha().Sha1(c.script.sha).Numkeys(int64(len(c.keys))).Key(c.keys...).Arg(c.args...).Build()
	var got reply
	if c.get == "" {
		got.script = client.Do(ctx, named)
	} else {
		all := client.DoMulti(ctx, client.B().Get().Key(c.get).Build(), named)
		got.get, got.script = all[0], all[1]
	}
	if e, ok := rueidis.IsRedisErr(got.script.Error()); ok && e.IsNoScript() {
		got.script = client.Do(ctx, client.B().Eval().Script(c.script.text).
			Numkeys(int64(len(c.keys))).Key(c.keys...).Arg(c.args...).Build())
	}
	return got
}

// isRefusal reports whether err is Redis's own and begins with the code, in a
// script's error too.
func isRefusal(err error, code string) bool {
	e, ok := errors.AsType[*rueidis.RedisError](err)
	return ok && strings.Contains(e.Error(), code)
}

// faults remembers a store's latest fault.
type faults struct {
	mu   sync.Mutex
	text string
	at   time.Time
}

// fault turns what went wrong into the store's own error, and keeps it for the
// status. Redis quotes a command that it does not know with its arguments, AUTH
// included, hence the care.
func (s *Store) fault(err error) error {
	text := s.resource.explain(err)
	s.faults.mu.Lock()
	s.faults.text, s.faults.at = text, time.Now()
	s.faults.mu.Unlock()
	if ctxErr := contextError(err); ctxErr != nil {
		return fmt.Errorf("%w: redis: %s: %w", store.ErrUnavailable, text, ctxErr)
	}
	return fmt.Errorf("%w: redis: %s", store.ErrUnavailable, text)
}

func contextError(err error) error {
	for _, known := range []error{context.DeadlineExceeded, context.Canceled} {
		if errors.Is(err, known) {
			return known
		}
	}
	return nil
}

// cures are what an operator can do about an error, by Redis's code for it.
var cures = []struct{ code, cure string }{
	{"MOVED", "this is a cluster: add the line cluster"},
	{"cluster support disabled", "this is no cluster: delete the line cluster"},
	{"WRONGPASS", "look at username and password"},
	{"NOAUTH", "add the line password"},
	{"NOPERM", "let the user run evalsha, eval, getex, get, set, del, pttl, time and ping, on the keys below key_prefix"},
	{"READONLY", "this is a replica: name the master, or use sentinel_master"},
	{"OOM", "the server's memory is full: raise maxmemory"},
	{"WRONGTYPE", "another program writes below key_prefix: choose another prefix"},
}

// explain puts an error into words that hold no secret.
func (r *resource) explain(err error) string {
	text := err.Error()
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		text = "no answer in time"
	case errors.Is(err, context.Canceled):
		text = "the request was given up"
	}
	if r.link.Password != "" {
		text = strings.ReplaceAll(text, r.link.Password, "[password]")
	}
	for _, c := range cures {
		if strings.Contains(text, c.code) {
			return text + " (" + c.cure + ")"
		}
	}
	return text
}
