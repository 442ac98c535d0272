// SPDX-License-Identifier: Apache-2.0

package simplejwt

import (
	"math"
	"strings"
	"testing"
)

// TestNumericDate holds dates to int(json.loads(value)) of Python 3.11, between the
// bounds of an int64. Where Python raises an error there is no date.
func TestNumericDate(t *testing.T) {
	const fails = math.MinInt64
	for value, want := range map[string]int64{
		`0`: 0, `-0`: 0, `1`: 1, `-1`: -1, `1767326645`: 1767326645,
		`999999999999999999`: 999999999999999999, `9223372036854775795`: 9223372036854775795,
		`9223372036854775807`: math.MaxInt64, `9223372036854775808`: math.MaxInt64, `-9223372036854775808`: -math.MaxInt64,

		`1.9`: 1, `-1.9`: -1, `1e3`: 1000, `1E400`: fails, `-1e400`: fails, `NaN`: fails, `Infinity`: fails,
		`9223372036854775808.0`: math.MaxInt64, `1e300`: math.MaxInt64, `-1e300`: -math.MaxInt64,

		`true`: 1, `false`: 0, `null`: fails, `[1]`: fails, `{}`: fails,

		`"5"`: 5, `"+5"`: 5, `"-5"`: -5, `" 5 "`: 5, `"\n5\u001f"`: 5, `"\u00a05\u2003"`: 5, `"\u00355"`: 55, `"0590"`: 590,
		`"1_0"`: 10, `"_1"`: fails, `"1_"`: fails, `"1__0"`: fails, `"-_5"`: fails,
		`""`: fails, `"-"`: fails, `"+-5"`: fails, `"- 5"`: fails, `"5.0"`: fails, `"/"`: fails, `":"`: fails,

		`"` + strings.Repeat("9", 4300) + `"`: math.MaxInt64, `"-` + strings.Repeat("9", 4300) + `"`: -math.MaxInt64,
		`"` + strings.Repeat("9", 4301) + `"`: fails, `"` + strings.Repeat("0", 4300) + `"`: 0,
	} {
		d := parseNumericDate([]byte(value))
		if d.ok != (want != fails) || d.ok && d.seconds != want {
			t.Errorf("%.40s is %d, %v, want %d", value, d.seconds, d.ok, want)
		}
		if number := value[0] != '"'; d.ok && d.number != number {
			t.Errorf("%.40s is a number: %v", value, d.number)
		}
	}
}
