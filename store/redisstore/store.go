// SPDX-License-Identifier: Apache-2.0

package redisstore

import (
	"context"
	"strconv"
	"time"

	"github.com/redis/rueidis"

	"github.com/caddyrefresh/caddyrefresh/store"
)

// Check implements store.Store.
func (s *Store) Check(ctx context.Context, c *store.Check) (store.Answer, error) {
	facts, err := s.ask(ctx, checkScript, c.Name, &c.Token, store.Successor(c.Token.JTI), nil)
	if err != nil {
		return store.Answer{}, err
	}
	return store.Answer{Verdict: facts.Check(c.Token.IssuedAt), Now: facts.Now}, nil
}

// Spend implements store.Store. In a cluster the user's cut-off lies in another
// slot and is read beside the script, in the same flush: one that was set before
// Spend began is seen either way, and if it refuses a token that the script has
// just spent, that record is taken back. Until then, and if taking it back
// fails, it changes nothing, for every token that it bears on is refused.
func (s *Store) Spend(ctx context.Context, sp *store.Spend) (store.Answer, error) {
	keep := store.KeepSpent(sp.Token.ExpiresAt, sp.Successor.ExpiresAt, sp.Leeway)
	fields := successorFields(&sp.Successor)
	facts, err := s.ask(ctx, spendScript, sp.Name, &sp.Token, sp.Successor.JTI, []string{
		keepText(keep), fields, strconv.FormatInt(sp.Token.IssuedAt, 10),
	})
	if err != nil {
		return store.Answer{}, err
	}
	a := store.Answer{Verdict: facts.Spend(sp.Token.IssuedAt, sp.Grace), Now: facts.Now}
	switch a.Verdict {
	case store.Rotated:
		a.Successor = sp.Successor
	case store.Replayed:
		a.Successor = facts.Token.Successor
	case store.Refused:
		if s.resource.link.Cluster && facts.Token.Nothing() && facts.Successor.Nothing() {
			written := string(recordSpent) + clockText(facts.Now) + fields
			undo := call{script: undoScript, keys: []string{s.tokenKey(sp.Name, sp.Token.JTI)}, args: []string{written}}
			_, _ = s.do(ctx, &undo) // see above
		}
	}
	return a, nil
}

// ask runs a script over what bears on a token and returns what it found.
func (s *Store) ask(ctx context.Context, sc *script, name string, t *store.Token, next string, args []string) (*store.Facts, error) {
	if err := store.ValidJTI(t.JTI); err != nil {
		return nil, err
	}
	c := call{script: sc, args: args}
	var keys [3]string
	keys[0], keys[1] = s.tokenKey(name, t.JTI), s.tokenKey(name, next)
	c.keys = keys[:2]
	if t.User.Kind != store.NoUser {
		user := s.userKey(name, t.User.ID)
		if s.resource.link.Cluster {
			c.get = user
		} else {
			keys[2], c.keys = user, keys[:3]
		}
	}
	got, err := s.do(ctx, &c)
	if err != nil {
		return nil, err
	}
	facts, err := parseFacts(&got, c.get != "", next)
	if err != nil {
		return nil, s.fault(err)
	}
	return facts, nil
}

// parseFacts reads {seconds, microseconds, token, successor, cut-off}.
func parseFacts(got *reply, beside bool, next string) (*store.Facts, error) {
	m, err := got.script.ToMessage()
	if err != nil {
		return nil, err
	}
	found, err := m.ToArray()
	if err != nil || len(found) != 5 {
		return nil, errRecord
	}
	f := new(store.Facts)
	if f.Now, err = messageClock(found); err != nil {
		return nil, err
	}
	if f.Token, err = messageRecord(&found[2], next); err != nil {
		return nil, err
	}
	if f.Successor, err = messageRecord(&found[3], ""); err != nil {
		return nil, err
	}
	cutOff := found[4]
	if beside {
		cutOff, err = got.get.ToMessage()
		if rueidis.IsRedisNil(err) {
			return f, nil
		}
		if err != nil {
			return nil, err
		}
	}
	if cutOff.IsNil() {
		return f, nil
	}
	f.HasCutOff = true
	f.CutOff, err = cutOff.AsInt64()
	return f, err
}

// messageClock reads the first two elements of every script's answer.
func messageClock(found []rueidis.RedisMessage) (time.Time, error) {
	seconds, err := found[0].ToString()
	micros, err2 := found[1].ToString()
	if err != nil || err2 != nil {
		return time.Time{}, errRecord
	}
	return parseClock(seconds, micros)
}

func messageRecord(m *rueidis.RedisMessage, next string) (store.Record, error) {
	if m.IsNil() {
		return store.Record{}, nil
	}
	text, err := m.ToString()
	if err != nil {
		return store.Record{}, err
	}
	return parseRecord(text, next)
}
