// SPDX-License-Identifier: Apache-2.0

package djangostore

import (
	"fmt"
	"strings"
	"time"
)

// stampLayout is how Django's backends write a time without a zone; the fraction
// is left out where it is 0.
const (
	stampLayout = "2006-01-02 15:04:05.999999"
	parseLayout = "2006-01-02 15:04:05"
)

// utcZone is where USE_TZ is True.
var utcZone = zone{time.UTC}

// zone is what USE_TZ and TIME_ZONE make of the times in the tables. With USE_TZ
// all of them are UTC. Without, created_at and expires_at are UTC in a column
// that means local time, since SimpleJWT's aware_utcnow is then a naive UTC, and
// blacklisted_at is local time (timezone.now).
type zone struct{ loc *time.Location }

func loadZone(name string) (zone, error) {
	if name == "" {
		return utcZone, nil
	}
	loc, err := time.LoadLocation(name)
	if err != nil || strings.EqualFold(name, "local") {
		return zone{}, fmt.Errorf("time_zone %q is not known: write Django's TIME_ZONE, such as Europe/Berlin, or delete the line if USE_TZ is True", name)
	}
	return zone{loc}, nil
}

// name is the zone as PostgreSQL knows it.
func (z zone) name() string { return z.loc.String() }

// local is the moment as blacklisted_at stores it on MySQL and SQLite.
func (z zone) local(t time.Time) string { return t.In(z.loc).Format(stampLayout) }

// offset is how far local time is ahead of UTC at the moment, in seconds.
func (z zone) offset(t time.Time) int {
	_, seconds := t.In(z.loc).Zone()
	return seconds
}

// instant is the moment that a local time in blacklisted_at stands for. When clocks
// are set back, an hour occurs twice: then it is the moment nearer to the successor's
// iat, which is UTC.
func (z zone) instant(wall, near time.Time) time.Time {
	before, after := z.offset(wall.Add(-24*time.Hour)), z.offset(wall.Add(24*time.Hour))
	a, b := wall.Add(-time.Duration(before)*time.Second), wall.Add(-time.Duration(after)*time.Second)
	if b.Sub(near).Abs() < a.Sub(near).Abs() {
		a, b = b, a
	}
	// Outside that hour only one of the two has this local time.
	if z.offset(a) == int(wall.Sub(a)/time.Second) {
		return a
	}
	return b
}

// stamp is a second since 1970 as the UTC columns store it.
func stamp(second int64) string { return time.Unix(second, 0).UTC().Format(stampLayout) }

// parseStamp reads a time without a zone as UTC.
func parseStamp(text string) (time.Time, error) {
	t, err := time.Parse(parseLayout, text)
	if err != nil {
		return time.Time{}, &setupError{"a time in the token tables cannot be read: look at the columns' types"}
	}
	return t, nil
}
