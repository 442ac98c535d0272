// SPDX-License-Identifier: Apache-2.0

package site

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/caddyrefresh/caddyrefresh/internal/compare"
	"github.com/caddyrefresh/caddyrefresh/internal/simplejwt"
)

// compare compares the backend's answer with what the site would have said.
func (ro *rollout) compare(e *endpoint, seen *sighting, o *overheard, f *flight) {
	took := time.Since(seen.began)
	x := &compare.Exchange{
		Site: &ro.facts, Request: seen.asCompared(e), Came: seen.came, Took: took,
		Django: compare.Answer{Status: o.status, Header: o.header, Body: o.body},
	}
	switch {
	case o.status == 0:
		ro.note(e, &compare.Finding{Result: compare.Skipped, Reason: "no_answer"}, x)
		return
	case o.large:
		ro.note(e, &compare.Finding{Result: compare.Skipped, Reason: "large_answer"}, x)
		return
	}
	x.Edge = ro.wouldSay(e, seen, took+compare.Slack, o.status)
	if x.Django.Status >= 400 && x.Edge.Status == http.StatusOK && x.Site.SharesBackend {
		// The token may have been spent within the time that the clocks differ by.
		x.Edge = ro.wouldSay(e, seen, 0, o.status)
	}
	finding := x.Compare()
	if finding.Result != compare.Same && ro.flights.met(f) {
		finding = compare.Finding{Result: compare.Skipped, Reason: "at_once"}
	}
	ro.note(e, &finding, x)
}

// wouldSay returns what the site would have answered when the request came. It spends
// and logs nothing. The store answers from its state of ago before now. django is the
// status of the backend's answer.
func (ro *rollout) wouldSay(e *endpoint, seen *sighting, ago time.Duration, django int) compare.Edge {
	shadow := &Site{Config: ro.Config, notices: newNotices()}
	shadow.Backend = ro.Backend.Preview(ago)
	shadow.Now = func() time.Time { return seen.came }
	shadow.Logger, shadow.Emit = zap.NewNop(), nil
	m := memories.Get().(*memory)
	defer m.giveBack()
	rec := &record{endpoint: e.name}
	answer := &recorder{header: seen.base.Clone()}
	var on wire
	for _, v := range shadow.views() {
		if v.name == e.name {
			on = v.wire
			_ = shadow.serve(answer, seen.copied(context.Background()), nil, &v.endpoint, true, m, rec) // fails only on a body that cannot be read
		}
	}
	edge := compare.Edge{
		Answer:  compare.Answer{Status: answer.status, Header: answer.header, Body: answer.body},
		Outcome: rec.outcome.String(), ClockApart: ro.Backend.Facts().ClockApart,
	}
	if seen.token == "" || django == answer.status {
		return edge
	}
	signer := ro.Backend.SignerOf([]byte(seen.token))
	edge.UnknownSigner, edge.PreviousSigner = signer == simplejwt.UnknownSigner, signer == simplejwt.PreviousSigner
	edge.PasswordChanged = bytes.Contains(answer.body, []byte(ro.Backend.Text(simplejwt.ErrPasswordChanged)))
	if pair, ok := shadow.Backend.WouldGive(&m.token, seen.came); ok && e.name == "refresh" {
		if given, err := on.give(m, pair); err == nil {
			edge.WouldGive = bytes.Clone(given.Body)
		}
	}
	return edge
}

// note counts a finding, journals it, and logs it unless the answers are the same.
// x is nil if the answers are not known.
func (ro *rollout) note(e *endpoint, f *compare.Finding, x *compare.Exchange) {
	ro.compared[e.name][f.Result].Inc()
	var django, edge int
	var outcome string
	if x != nil {
		django, edge, outcome = x.Django.Status, x.Edge.Status, x.Edge.Outcome
	}
	ro.journal.Note(e.name, f, django, edge, time.Now())
	level := zapcore.DebugLevel
	if f.Result == compare.Differs {
		level = zapcore.WarnLevel
	}
	if f.Result == compare.Same {
		return
	}
	if c := ro.Logger.Check(level, "the backend's answer compared with the edge's: "+string(f.Result)); c != nil {
		c.Write(zap.String("endpoint", e.name), zap.Int("backend", django), zap.Int("edge", edge), zap.Strings("names", f.Names),
			zap.String("row", f.Row), zap.String("reason", f.Reason), zap.String("outcome", outcome))
	}
}

// marks reports whether the store has to be told that the backend spent the token
// or ended its session. A store that shares the backend's tables knows.
func (ro *rollout) marks(e *endpoint, o *overheard) bool {
	site := &ro.facts
	if !site.HasStore || site.SharesBackend || o.status != http.StatusOK {
		return false
	}
	return e.name == "blacklist" || e.singleUse && bytes.Contains(o.body, []byte(`"refresh"`))
}

// mark tells the store that the backend spent the token.
func (ro *rollout) mark(r *http.Request, e *endpoint, seen *sighting) {
	m := memories.Get().(*memory)
	defer m.giveBack()
	ctx := context.WithoutCancel(r.Context()) // the client may be gone
	err := ro.Backend.MarkSpent(ctx, &m.token, []byte(seen.token), seen.came)
	if err == nil || errors.Is(err, simplejwt.ErrInvalid) {
		return
	}
	ro.notices.fault.Do(func() {
		ro.Logger.Error("the store does not know of a token that the backend spent: stay at rollout 0% for one refresh_token_lifetime from now on",
			zap.String("endpoint", e.name), zap.Error(err))
	})
}

// broken handles a request whose answer broke off or never came. The backend may have
// spent the token. broken marks it spent if the status was 200 or the client left: a
// client that left got no new token that it could lose.
func (ro *rollout) broken(r *http.Request, e *endpoint, seen *sighting, o *overheard) {
	ro.note(e, &compare.Finding{Result: compare.Skipped, Reason: "broken_off"}, nil)
	site := &ro.facts
	own := site.HasStore && !site.SharesBackend && (e.singleUse || e.name == "blacklist") && seen.token != ""
	if own && (o.status == http.StatusOK || o.status == 0 && r.Context().Err() != nil) {
		ro.mark(r, e, seen)
	}
}
