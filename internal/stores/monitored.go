// SPDX-License-Identifier: Apache-2.0

// Package stores stands between the handlers and their stores of spent tokens: it
// reads the store's lines of a Caddyfile, measures and traces the calls, and knows which
// handlers share a store.
package stores

import (
	"context"
	"encoding/json"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/trace"
	"go.uber.org/zap"
	"golang.org/x/time/rate"

	"github.com/caddyrefresh/caddyrefresh/store"
	"github.com/caddyrefresh/caddyrefresh/store/setting"
)

// MaxClockOffset is how far the clock of a store and this machine's may differ without
// an error in the log.
const MaxClockOffset = 2 * time.Second

// Monitored is the store of one handler. It measures and traces the calls, and watches
// the store's clock.
type Monitored struct {
	store.Store

	// Name is the handler's.
	Name string

	// Lifetime is that of the refresh tokens that the handler issues.
	Lifetime time.Duration

	resource string // see [Monitored.Resource]
	traits   store.Traits

	logger                *zap.Logger
	wrongClock, forgotten *rate.Sometimes
	errors, forgot        prometheus.Counter
	offset                prometheus.Gauge
	lead                  atomic.Int64 // of the store's clock when last seen, in nanoseconds
	answered              *atomic.Bool // see [Monitored.Answered]
	probes                probes

	checking, spending, revoking, cuttingOff operation
}

// Monitor returns the store s of the handler with that name. raw is the JSON that the
// store was loaded from, nil for its defaults.
func Monitor(s store.Store, raw json.RawMessage, name string, logger *zap.Logger) *Monitored {
	traits := s.Traits()
	if traits.Timeout <= 0 {
		traits.Timeout = setting.DefaultTimeout
	}
	kind := traits.Kind
	at := locationOf(s, kind)
	of := func(question string) operation {
		return operation{durationSeconds.WithLabelValues(name, kind, question), newTracer(question, &at)}
	}
	return &Monitored{
		Store:      s,
		Name:       name,
		resource:   resourceOf(s, raw),
		traits:     traits,
		logger:     logger,
		answered:   new(atomic.Bool),
		wrongClock: &rate.Sometimes{Interval: time.Minute},
		forgotten:  &rate.Sometimes{Interval: time.Minute},
		errors:     errorsTotal.WithLabelValues(name, kind),
		forgot:     forgotTotal.WithLabelValues(name, kind),
		offset:     clockOffset.WithLabelValues(name, kind),
		checking:   of("check"),
		spending:   of("spend"),
		revoking:   of("revoke"),
		cuttingOff: of("cut_off"),
	}
}

// Traits implements [store.Store]. A store that has no timeout gets the default.
func (m *Monitored) Traits() store.Traits { return m.traits }

// Check implements [store.Store].
func (m *Monitored) Check(ctx context.Context, c *store.Check) (store.Answer, error) {
	ctx, began, span := m.checking.begin(ctx)
	answer, err := m.Store.Check(ctx, c)
	m.observe(&m.checking, span, began, answer.Now, err)
	return answer, err
}

// Spend implements [store.Store].
func (m *Monitored) Spend(ctx context.Context, s *store.Spend) (store.Answer, error) {
	ctx, began, span := m.spending.begin(ctx)
	answer, err := m.Store.Spend(ctx, s)
	m.observe(&m.spending, span, began, answer.Now, err)
	if err == nil && answer.Forgot {
		m.forgot.Inc()
		m.forgotten.Do(func() {
			m.logger.Error("the store forgot a session that rotated before: it lost data in a failover, a restart without it or an old copy; " +
				"tokens that were spent or revoked before may work again")
		})
	}
	return answer, err
}

// Revoke implements [store.Store].
func (m *Monitored) Revoke(ctx context.Context, r *store.Revocation) (store.RevokeAnswer, error) {
	ctx, began, span := m.revoking.begin(ctx)
	answer, err := m.Store.Revoke(ctx, r)
	m.observe(&m.revoking, span, began, answer.Now, err)
	return answer, err
}

// CutOff implements [store.Store].
func (m *Monitored) CutOff(ctx context.Context, c *store.CutOff) (store.CutOffAnswer, error) {
	ctx, began, span := m.cuttingOff.begin(ctx)
	answer, err := m.Store.CutOff(ctx, c)
	m.observe(&m.cuttingOff, span, began, answer.Now, err)
	return answer, err
}

// operation is how one kind of question to the store is measured and traced.
type operation struct {
	seconds prometheus.Observer
	tracer  *tracer
}

// begin begins a question. Its context is that of the span, which is nil if the request
// is not traced.
func (o *operation) begin(ctx context.Context) (context.Context, time.Time, trace.Span) {
	ctx, span := o.tracer.begin(ctx)
	return ctx, time.Now(), span
}

// observe records the time and the result of a question that was begun at began.
// storeTime is the store's clock when it decided.
func (m *Monitored) observe(o *operation, span trace.Span, began, storeTime time.Time, err error) {
	now := time.Now()
	o.seconds.Observe(now.Sub(began).Seconds())
	if span != nil {
		end(span, err)
	}
	if err != nil {
		m.errors.Inc()
		return
	}
	m.noteAnswer()
	m.compare(storeTime, now)
}

// compare records how the store's clock differs from this machine's at one moment.
func (m *Monitored) compare(storeTime, now time.Time) {
	offset := storeTime.Sub(now)
	m.lead.Store(int64(offset))
	m.offset.Set(offset.Seconds())
	if offset.Abs() > MaxClockOffset {
		m.wrongClock.Do(func() {
			m.logger.Error("this machine's clock differs from the store's: check NTP on both", zap.Duration("offset", offset))
		})
	}
}

// Ahead returns how far the store's clock was ahead of this machine's when it was last
// read, or 0 up to MaxClockOffset. It is 0 for Django's tables, whose cut-offs do not
// depend on a clock.
func (m *Monitored) Ahead() time.Duration {
	lead := time.Duration(m.lead.Load())
	if lead.Abs() <= MaxClockOffset || m.Traits().SharesBackend {
		return 0
	}
	return lead
}
