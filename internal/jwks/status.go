// SPDX-License-Identifier: Apache-2.0

package jwks

import "time"

// Result says how a fetch ended. There are only the results below, so it can be the
// label of a metric.
type Result string

// The results. The first two are successes.
const (
	ResultUpdated     Result = "updated"     // a set that differs from the one before
	ResultUnchanged   Result = "unchanged"   // 304, or the same bytes again
	ResultUnreachable Result = "unreachable" // no answer, or not all of it in time
	ResultBadAnswer   Result = "bad_answer"  // a status, redirect, size or body that does not serve
)

// Results are all results.
var Results = [...]Result{ResultUpdated, ResultUnchanged, ResultUnreachable, ResultBadAnswer}

// Status is the state of a Remote at one moment.
type Status struct {
	Keys    int           // usable keys
	Fetched bool          // whether the set was ever fetched; if not Age means nothing
	Age     time.Duration // since the set was last confirmed
	Result  Result        // of the last fetch; "" before the first one has ended

	Successes, Failures uint64 // fetches so far
}

func (s *Status) count(result Result) {
	s.Result = result
	switch result {
	case ResultUpdated, ResultUnchanged:
		s.Successes++
	default:
		s.Failures++
	}
}

// Status returns figures for metrics and for people. It fetches nothing.
func (r *Remote[K]) Status() Status {
	r.mu.Lock()
	status := r.status
	r.mu.Unlock()
	current := r.current.Load()
	status.Keys = len(current.keys)
	if status.Fetched = !current.asOf.IsZero(); status.Fetched {
		status.Age = max(0, current.age(r.config.Now()))
	}
	return status
}
