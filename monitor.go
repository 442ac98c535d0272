// SPDX-License-Identifier: Apache-2.0

package caddyrefresh

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
	"golang.org/x/time/rate"

	"github.com/caddyrefresh/caddyrefresh/store"
)

var (
	storeSeconds = prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Namespace: "caddy",
		Subsystem: "token_refresh",
		Name:      "store_duration_seconds",
		Help:      "Time that the store took, by what it was asked.",
		Buckets:   []float64{.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1},
	}, []string{"name", "store", "operation"})

	storeErrorsTotal = prometheus.NewCounterVec(prometheus.CounterOpts{
		Namespace: "caddy",
		Subsystem: "token_refresh",
		Name:      "store_errors_total",
		Help:      "Questions that the store could not answer.",
	}, []string{"name", "store"})

	storeForgotTotal = prometheus.NewCounterVec(prometheus.CounterOpts{
		Namespace: "caddy",
		Subsystem: "token_refresh",
		Name:      "store_forgot_total",
		Help:      "Tokens of sessions that must have rotated before and that the store knows nothing of: it lost data.",
	}, []string{"name", "store"})

	storeClockOffset = prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Namespace: "caddy",
		Subsystem: "token_refresh",
		Name:      "store_clock_offset_seconds",
		Help:      "How far the store's clock is ahead of this machine's.",
	}, []string{"name", "store"})
)

// maxClockOffset is how far apart the clocks may be before an operator hears.
const maxClockOffset = 2 * time.Second

// monitoredStore is a store that tells how it fares.
type monitoredStore struct {
	store.Store
	resource string        // tells its records from others
	lifetime time.Duration // of the refresh tokens that the handler issues

	logger                *zap.Logger
	wrongClock, forgotten *rate.Sometimes
	errors, forgot        prometheus.Counter
	offset                prometheus.Gauge
	lead                  atomic.Int64 // of the store's clock when last seen, in nanoseconds

	checking, spending, revoking, cuttingOff prometheus.Observer
}

func newMonitoredStore(s store.Store, name string, logger *zap.Logger) *monitoredStore {
	kind := s.Traits().Kind
	seconds := func(operation string) prometheus.Observer {
		return storeSeconds.WithLabelValues(name, kind, operation)
	}
	return &monitoredStore{
		Store:      s,
		logger:     logger,
		wrongClock: &rate.Sometimes{Interval: time.Minute},
		forgotten:  &rate.Sometimes{Interval: time.Minute},
		errors:     storeErrorsTotal.WithLabelValues(name, kind),
		forgot:     storeForgotTotal.WithLabelValues(name, kind),
		offset:     storeClockOffset.WithLabelValues(name, kind),
		checking:   seconds("check"),
		spending:   seconds("spend"),
		revoking:   seconds("revoke"),
		cuttingOff: seconds("cut_off"),
	}
}

// Check implements [store.Store].
func (m *monitoredStore) Check(ctx context.Context, c *store.Check) (store.Answer, error) {
	began := time.Now()
	answer, err := m.Store.Check(ctx, c)
	m.observe(m.checking, began, answer.Now, err)
	return answer, err
}

// Spend implements [store.Store].
func (m *monitoredStore) Spend(ctx context.Context, s *store.Spend) (store.Answer, error) {
	began := time.Now()
	answer, err := m.Store.Spend(ctx, s)
	m.observe(m.spending, began, answer.Now, err)
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
func (m *monitoredStore) Revoke(ctx context.Context, r *store.Revocation) (store.RevokeAnswer, error) {
	began := time.Now()
	answer, err := m.Store.Revoke(ctx, r)
	m.observe(m.revoking, began, answer.Now, err)
	return answer, err
}

// CutOff implements [store.Store].
func (m *monitoredStore) CutOff(ctx context.Context, c *store.CutOff) (store.CutOffAnswer, error) {
	began := time.Now()
	answer, err := m.Store.CutOff(ctx, c)
	m.observe(m.cuttingOff, began, answer.Now, err)
	return answer, err
}

// observe notes how an operation went. stores is the store's clock.
func (m *monitoredStore) observe(seconds prometheus.Observer, began, stores time.Time, err error) {
	now := time.Now()
	seconds.Observe(now.Sub(began).Seconds())
	if err != nil {
		m.errors.Inc()
		return
	}
	m.compare(stores, now)
}

// compare takes note of the store's clock and of this machine's.
func (m *monitoredStore) compare(stores, now time.Time) {
	offset := stores.Sub(now)
	m.lead.Store(int64(offset))
	m.offset.Set(offset.Seconds())
	if offset.Abs() > maxClockOffset {
		m.wrongClock.Do(func() {
			m.logger.Error("this machine's clock is not the store's: look after NTP on both", zap.Duration("offset", offset))
		})
	}
}

// ahead returns how far the store's clock was ahead of this machine's when it
// was last seen, 0 for what is tolerated. Django's tables have no cut-offs that a
// clock could miss.
func (m *monitoredStore) ahead() time.Duration {
	lead := time.Duration(m.lead.Load())
	if lead.Abs() <= maxClockOffset || m.Traits().SharesBackend {
		return 0
	}
	return lead
}
