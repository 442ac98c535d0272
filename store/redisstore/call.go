// SPDX-License-Identifier: Apache-2.0

package redisstore

import (
	"context"
	"errors"
	"strings"

	"github.com/redis/rueidis"
)

// call is one script to run and, beside it, at most one key to read.
type call struct {
	script *script
	keys   []string
	args   []string
	get    string // a key in another slot, read at the same time; "" for none
}

type reply struct{ script, get rueidis.RedisResult }

// do runs a call while the caller waits.
func (s *Store) do(p *patience, c *call) (reply, error) {
	err := s.meet(p)
	var got reply
	if err == nil {
		got, err = s.resource.do(p, c)
	}
	if err != nil {
		s.resource.upset(err)
		return reply{}, s.fault(err)
	}
	return got, nil
}

// do is Store.do without the store's own bookkeeping. A server that does not know the
// script has not run it, so sending the text does not repeat anything.
func (r *resource) do(p *patience, c *call) (reply, error) {
	if err := p.ctx.Err(); err != nil {
		return reply{}, err
	}
	client, err := r.client(p)
	if err != nil {
		return reply{}, err
	}
	got, err := r.run(p, client, c, client.B().Evalsha().Sha1(c.script.sha).
		Numkeys(int64(len(c.keys))).Key(c.keys...).Arg(c.args...).Build())
	if e, ok := rueidis.IsRedisErr(err); ok && e.IsNoScript() {
		got, err = r.run(p, client, c, client.B().Eval().Script(c.script.text).
			Numkeys(int64(len(c.keys))).Key(c.keys...).Arg(c.args...).Build())
	}
	return got, err
}

// run sends the script and the key to read, and waits for both.
func (r *resource) run(p *patience, client rueidis.Client, c *call, script rueidis.Completed) (reply, error) {
	var beside *request
	if c.get != "" {
		var err error
		if beside, err = r.enqueue(p, client.B().Get().Key(c.get).Build()); err != nil {
			return reply{}, err
		}
	}
	q, err := r.enqueue(p, script)
	if err != nil {
		return reply{}, err
	}
	var got reply
	if got.script, err = q.wait(p); err != nil {
		return reply{}, err
	}
	if beside != nil {
		if got.get, err = beside.wait(p); err != nil {
			return reply{}, err
		}
		if err := got.get.Error(); err != nil && !rueidis.IsRedisNil(err) {
			return reply{}, err
		}
	}
	return got, got.script.Error()
}

// upset closes connections that may have caused a fault.
func (r *resource) upset(err error) {
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		r.conns.suspect()
	case r.link.SentinelMaster == "" && !r.link.Cluster && isRefusal(err, "READONLY"):
		r.conns.renew()
	}
}

// isRefusal reports whether err came from Redis and begins with the code, also inside
// the error of a script.
func isRefusal(err error, code string) bool {
	e, ok := errors.AsType[*rueidis.RedisError](err)
	return ok && strings.Contains(e.Error(), code)
}
