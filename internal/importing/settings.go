// SPDX-License-Identifier: Apache-2.0

package importing

import (
	"encoding/json"
	"math"
	"math/big"
	"strings"
	"time"
)

// text returns a setting that is a string, and whether it is one.
func (f *Facts) text(name string) (string, bool) {
	s, ok := f.SimpleJWT.Settings[name].(string)
	return s, ok
}

// truth reports whether a setting is true in Python.
func (f *Facts) truth(name string) bool {
	return isTrue(f.SimpleJWT.Settings[name])
}

// isTrue reports whether a value is true in Python.
func isTrue(value any) bool {
	switch v := value.(type) {
	case nil:
		return false
	case bool:
		return v
	case string:
		return v != ""
	case json.Number:
		n, err := v.Float64()
		return err != nil || n != 0
	case []any:
		return len(v) > 0
	default:
		return true
	}
}

// texts returns a setting that is a list of strings, and whether it is one.
func (f *Facts) texts(name string) ([]string, bool) {
	list, ok := f.SimpleJWT.Settings[name].([]any)
	if !ok {
		return nil, false
	}
	all := make([]string, len(list))
	for i, v := range list {
		if all[i], ok = v.(string); !ok {
			return nil, false
		}
	}
	return all, true
}

// python returns the dotted name of the class or function that a setting names, or ""
// if it names none.
func (f *Facts) python(name string) string {
	switch v := f.SimpleJWT.Settings[name].(type) {
	case string:
		return v
	case map[string]any:
		s, _ := v["python"].(string)
		return s
	default:
		return ""
	}
}

// duration returns a timedelta, or a number of seconds, and whether it is one.
func (f *Facts) duration(name string) (time.Duration, bool) {
	number, unit := f.SimpleJWT.Settings[name], time.Second
	if delta, ok := number.(map[string]any); ok {
		number, unit = delta["microseconds"], time.Microsecond
	}
	text, ok := number.(json.Number)
	if !ok || len(text) > 40 {
		return 0, false
	}
	amount, ok := new(big.Rat).SetString(text.String())
	if !ok {
		return 0, false
	}
	f64, _ := new(big.Rat).Mul(amount, big.NewRat(int64(unit), 1)).Float64()
	if math.Abs(f64) >= math.MaxInt64 {
		return 0, false
	}
	return time.Duration(f64), true
}

// spell writes a duration as a person would: in whole days or hours if possible.
func spell(d time.Duration) string {
	const day = 24 * time.Hour
	if d > 0 && d%day == 0 {
		return new(big.Int).SetInt64(int64(d/day)).String() + "d"
	}
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}
