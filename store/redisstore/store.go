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
	p := s.patience(ctx)
	defer p.timer.Stop()
	got, err := s.ask(p, checkScript, c.Name, &c.Token)
	if err != nil {
		return store.Answer{}, err
	}
	return store.Answer{Verdict: got.verdict, Now: got.now}, nil
}

// Spend implements store.Store. In a cluster the user's cut-off lies in another slot
// and is read at the same time. A cut-off that was set before Spend began is always
// seen, and if it refuses a token that the script has just spent, the earlier record
// is put back. Until then, and if that fails, the record of the spending changes no
// verdict: the cut-off refuses every token that it could affect. If reuse is to end a
// session there, a second call does so, once it is known that no cut-off refuses the
// token: a reused token stays reused.
func (s *Store) Spend(ctx context.Context, sp *store.Spend) (store.Answer, error) {
	p := s.patience(ctx)
	defer p.timer.Stop()
	end := ""
	if sp.EndOnReuse {
		// No clock is needed: a token that is presented has an exp.
		end = secondText(store.KeepRevoked(time.Time{}, store.Logout, sp.Token.ExpiresAt, sp.Leeway))
	}
	var got *answer
	var err error
	if s.cutOffApart(&sp.Token) {
		got, err = s.spend(p, sp, "")
		if err == nil && got.verdict == store.Reused && end != "" {
			got, err = s.spend(p, sp, end)
		}
	} else {
		got, err = s.spend(p, sp, end)
	}
	if err != nil {
		return store.Answer{}, err
	}
	a := store.Answer{Verdict: got.verdict, Now: got.now}
	note, err := got.rest[1].AsInt64()
	if err != nil {
		return store.Answer{}, s.fault(errRecord)
	}
	switch a.Verdict {
	case store.Rotated:
		a.Successor, a.Forgot = sp.Successor, note == 1
	case store.Replayed:
		a.Late = note == 1
		a.Successor.JTI = sp.Successor.JTI
		a.Successor.IssuedAt, a.Successor.ExpiresAt, err = unpack(&got.rest[0])
		if err != nil {
			return store.Answer{}, s.fault(err)
		}
	}
	return a, nil
}

// spend runs the script; end is how long the session is kept if reuse ends it, "" if
// reuse does not end it.
func (s *Store) spend(p *patience, sp *store.Spend, end string) (*answer, error) {
	apart := s.cutOffApart(&sp.Token)
	records := ""
	if apart {
		records = "1"
	}
	got, err := s.ask(p, spendScript, sp.Name, &sp.Token,
		graceText(sp.Grace), graceText(sp.LateRetry), pack(&sp.Successor),
		secondText(store.KeepSpent(sp.Token.ExpiresAt, sp.Successor.ExpiresAt, sp.Leeway)), end, records)
	if err != nil {
		return nil, err
	}
	if want := 2 + 2*len(records); len(got.rest) != want {
		return nil, s.fault(errRecord)
	}
	if apart && got.verdict == store.Refused {
		before, err := got.rest[2].ToString()
		saved, err2 := got.rest[3].ToString()
		if err == nil && err2 == nil && saved != "" {
			key := s.sessionKey(sp.Name, store.Locate(sp.Token.JTI))
			_, _ = s.do(p, &call{script: undoScript, keys: []string{key}, args: []string{before, saved}}) // see Spend
		}
	}
	return got, nil
}

// cutOffApart reports whether the cut-off of the token's user is read beside the
// script.
func (s *Store) cutOffApart(t *store.Token) bool {
	return s.resource.link.Cluster && t.User.Kind != store.NoUser
}

// answer is what a script over a session answers: the clock, a verdict and more.
type answer struct {
	now     time.Time
	verdict store.Verdict
	rest    []rueidis.RedisMessage
}

// verdicts are the words of the scripts.
var verdicts = map[string]store.Verdict{}

func init() {
	for v := store.Live; v <= store.Reused; v++ {
		verdicts[v.String()] = v
	}
}

// ask runs a script over the session of a token.
func (s *Store) ask(p *patience, sc *script, name string, t *store.Token, args ...string) (*answer, error) {
	c, err := s.question(sc, name, t, args...)
	if err != nil {
		return nil, err
	}
	got, err := s.do(p, c)
	if err != nil {
		return nil, err
	}
	a, err := c.read(&got, t)
	if err != nil {
		return nil, s.fault(err)
	}
	return a, nil
}

// question is the call that runs a script over the session of a token.
func (s *Store) question(sc *script, name string, t *store.Token, args ...string) (*call, error) {
	if err := store.ValidJTI(t.JTI); err != nil {
		return nil, err
	}
	place := store.Locate(t.JTI)
	c := &call{script: sc, keys: append(make([]string, 0, 2), s.sessionKey(name, place))}
	c.args = append(make([]string, 0, 8), strconv.FormatUint(uint64(place.Step), 10), strconv.FormatInt(t.IssuedAt, 10))
	c.args = append(c.args, args...)
	switch {
	case s.cutOffApart(t):
		c.get = s.userKey(name, t.User.ID)
	case t.User.Kind != store.NoUser:
		c.keys = append(c.keys, s.userKey(name, t.User.ID))
	}
	return c, nil
}

// read makes an answer about a token from the reply to c.
func (c *call) read(got *reply, t *store.Token) (*answer, error) {
	var err error
	a := new(answer)
	if a.now, a.rest, err = parse(got); err != nil {
		return nil, err
	}
	word, err := a.rest[0].ToString()
	a.verdict, a.rest = verdicts[word], a.rest[1:]
	if err != nil || a.verdict == store.Undecided {
		return nil, errRecord
	}
	if c.get != "" {
		switch cutOff, err := got.get.AsInt64(); {
		case rueidis.IsRedisNil(err):
		case err != nil:
			return nil, errRecord
		case cutOff >= t.IssuedAt:
			a.verdict = store.Refused
		}
	}
	return a, nil
}

// parse reads what every script answers: the clock, and at least one more value.
func parse(got *reply) (time.Time, []rueidis.RedisMessage, error) {
	found, err := got.script.ToArray()
	if err != nil || len(found) < 3 {
		return time.Time{}, nil, errRecord
	}
	seconds, err := found[0].ToString()
	micros, err2 := found[1].ToString()
	if err != nil || err2 != nil {
		return time.Time{}, nil, errRecord
	}
	now, err := parseClock(seconds, micros)
	return now, found[2:], err
}
