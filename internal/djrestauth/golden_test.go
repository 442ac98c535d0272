// SPDX-License-Identifier: Apache-2.0

package djrestauth

import (
	_ "embed"
	"encoding/json"
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// golden is what testdata/golden.py printed with Django 5.2.19 and Python 3.11.
//
//go:embed testdata/golden.json
var goldenFile []byte

type moment struct {
	Now  float64
	Zone *string
}

func (m moment) time() time.Time {
	return time.UnixMicro(int64(math.RoundToEven(m.Now * 1e6)))
}

func (m moment) clock(t *testing.T) Clock {
	t.Helper()
	if m.Zone == nil {
		return Clock{}
	}
	zone, err := time.LoadLocation(*m.Zone)
	if err != nil {
		t.Fatal(err)
	}
	return Clock{Local: zone}
}

var golden = func() (g struct {
	Parsed []struct {
		Header  string
		Cookies map[string]string
	}
	Set []struct {
		moment
		Name, Value, Line string
		Options           struct {
			Lifetime         float64
			Secure, HTTPOnly bool
			SameSite, Domain string
			Path             *string
		}
	}
	Times []struct {
		moment
		Lifetime float64
		Text     string
	}
},
) {
	if err := json.Unmarshal(goldenFile, &g); err != nil {
		panic(err)
	}
	return g
}()

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

func TestReadAsDjango(t *testing.T) {
	for _, tt := range golden.Parsed {
		got := map[string]string{}
		for _, name := range []string{"", "a", "b", "A", "c", "$Version", "$Path", "\ufeffa", "\u200ba"} {
			if value, found := Read([]string{tt.Header}, name); found {
				got[name] = value
			}
		}
		if diff := cmp.Diff(tt.Cookies, got); diff != "" {
			t.Errorf("%q (-Django +got):\n%s", tt.Header, diff)
		}
	}
	if value, _ := Read([]string{"a=1", "a=2"}, "a"); value != "1,a=2" {
		t.Errorf("two headers: %q, and gunicorn joins them with a comma", value)
	}
}

func TestLineAsDjango(t *testing.T) {
	for _, tt := range golden.Set {
		o := tt.Options
		k := Cookie{Name: tt.Name, Path: "/", Domain: o.Domain, SameSite: o.SameSite, Secure: o.Secure, HTTPOnly: o.HTTPOnly}
		if o.Path != nil {
			k.Path = *o.Path
		}
		if got := k.Line(tt.Value, seconds(o.Lifetime), tt.time(), tt.clock(t)); got != tt.Line {
			t.Errorf("at %f:\ngot    %s\nDjango %s", tt.Now, got, tt.Line)
		}
	}
}

func TestExpiryAsDjango(t *testing.T) {
	for _, tt := range golden.Times {
		if got := tt.clock(t).Expiry(tt.time(), seconds(tt.Lifetime)); got != tt.Text {
			t.Errorf("at %f, %v: %s, Django %s", tt.Now, tt.Zone, got, tt.Text)
		}
	}
	if len(golden.Parsed) < 40 || len(golden.Set) < 50 || len(golden.Times) < 75 {
		t.Error("testdata/golden.json is not whole")
	}
}

// FuzzRead: whatever is sent, a cookie that stands alone is read as it is sent.
func FuzzRead(f *testing.F) {
	for _, tt := range golden.Parsed {
		f.Add(tt.Header)
	}
	f.Fuzz(func(t *testing.T, header string) {
		Read([]string{header}, "a")
		if value, found := Read([]string{header + ";a=x.y-z_0"}, "a"); !found || value != "x.y-z_0" {
			t.Errorf("the last cookie was read as %q, %t", value, found)
		}
	})
}
