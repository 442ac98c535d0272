// SPDX-License-Identifier: Apache-2.0

package djrestauth

import "time"

// Clock is how Django tells the time (django/utils/timezone.py, now).
type Clock struct {
	// Local is TIME_ZONE where USE_TZ is False: times are then local and say of
	// no zone. Default: USE_TZ is True
	Local *time.Location
}

// wall returns what the clock shows at t, as a time in UTC.
func (c Clock) wall(t time.Time) time.Time {
	if c.Local == nil {
		return t.UTC()
	}
	_, offset := t.In(c.Local).Zone()
	return t.UTC().Add(time.Duration(offset) * time.Second)
}

// maxAge returns how long set_cookie has a browser keep a cookie that expires a
// lifetime after now, in whole seconds. It takes a time without a zone for UTC, so
// that the zone's offset is part of the age, and it reads the clock a moment after
// the view has, so that the second which it adds is cut off again.
func (c Clock) maxAge(now time.Time, lifetime time.Duration) time.Duration {
	left := c.wall(now).Sub(now) + lifetime + time.Second - time.Microsecond
	return max(0, left.Truncate(time.Second))
}

// Expiry returns the time a lifetime after now as REST framework writes it
// (rest_framework/utils/encoders.py): to the microsecond, and without a fraction where
// that is 0. The hands of a local clock are moved by the lifetime, whatever a change
// to summer time does in between.
func (c Clock) Expiry(now time.Time, lifetime time.Duration) string {
	t := c.wall(now).Add(lifetime).Truncate(time.Microsecond)
	layout := "2006-01-02T15:04:05.000000"
	if t.Nanosecond() == 0 {
		layout = "2006-01-02T15:04:05"
	}
	if c.Local == nil {
		layout += "Z"
	}
	return t.Format(layout)
}
