// SPDX-License-Identifier: Apache-2.0

package caddyrefresh

import (
	"context"
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

	storeUp = prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Namespace: "caddy",
		Subsystem: "token_refresh",
		Name:      "store_up",
		Help:      "1 if the store could answer the last question, else 0.",
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
	resource string // tells its records from others
	release  string // of the handler

	logger     *zap.Logger
	wrongClock *rate.Sometimes
	errors     prometheus.Counter
	up, offset prometheus.Gauge

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
		errors:     storeErrorsTotal.WithLabelValues(name, kind),
		up:         storeUp.WithLabelValues(name, kind),
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
		m.up.Set(0)
		return
	}
	m.up.Set(1)
	offset := stores.Sub(now)
	m.offset.Set(offset.Seconds())
	if offset.Abs() > maxClockOffset {
		m.wrongClock.Do(func() {
			m.logger.Error("this machine's clock is not the store's: look after NTP on both", zap.Duration("offset", offset))
		})
	}
}
