// SPDX-License-Identifier: Apache-2.0

package importing_test

import (
	"os"
	"strings"
	"testing"

	"github.com/caddyrefresh/caddyrefresh/internal/importing"
)

// TestRead finds the facts in what a shell prints around them, and says what is wrong
// where there are none.
func TestRead(t *testing.T) {
	const line = `caddyrefresh-facts-begin {"format":1,"time_zone":"UTC"} caddyrefresh-facts-end`
	for name, tt := range map[string]struct{ text, err string }{
		"alone":           {text: line},
		"in noise":        {text: "7 objects imported automatically\r\n" + line + "\r\nbye\r\n"},
		"behind a prefix": {text: "web-1  | " + line},
		"no line break":   {text: "loading ..." + line + "done"},
		"the last counts": {text: `caddyrefresh-facts-begin {"format":9} caddyrefresh-facts-end` + "\n" + line},
		"empty":           {err: "the input has no line of facts"},
		"cut off":         {text: line[:40], err: "the line of facts is cut off"},
		"damaged":         {text: strings.Replace(line, "{", "[", 1), err: "the line of facts is damaged"},
		"another type":    {text: strings.Replace(line, `"UTC"`, `[]`, 1), err: "the line of facts is damaged"},
		"another format":  {text: strings.Replace(line, "1", "2", 1), err: "the facts are of format 2, and this caddyrefresh reads 1"},
		"failed":          {text: `caddyrefresh-facts-begin {"format":1,"failed":"KeyError in line 3 of x.py"} caddyrefresh-facts-end`, err: `the script failed in the project with "KeyError in line 3 of x.py"`},
		"too large":       {text: strings.Repeat("x", 17<<20), err: "larger than 16 MiB"},
		"the script":      {text: importing.Script, err: "the input has no line of facts"},
	} {
		t.Run(name, func(t *testing.T) {
			facts, err := importing.Read(strings.NewReader(tt.text))
			switch {
			case tt.err != "" && (err == nil || !strings.Contains(err.Error(), tt.err)):
				t.Errorf("the error is %v, want %q", err, tt.err)
			case tt.err == "" && err != nil:
				t.Error(err)
			case tt.err == "" && facts.TimeZone != "UTC":
				t.Errorf("the facts are %+v", facts)
			}
		})
	}
}

// FuzzRead: whatever stands in the facts, they are refused, or judged with a site
// that has their values or with a reason.
func FuzzRead(f *testing.F) {
	for _, name := range []string{"custom-user", "cors", "rs256-env", "secrets", "own-paths", "dj-rest-auth-6.0", "own-cookies"} {
		text, err := os.ReadFile("testdata/" + name + ".facts")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	f.Fuzz(func(t *testing.T, text string) {
		facts, err := importing.Read(strings.NewReader(text))
		if err != nil {
			return
		}
		v := importing.Judge(facts, importing.Options{})
		if (v.Site == "") != (len(v.Stays) > 0) {
			t.Errorf("site %q, reasons %q", v.Site, v.Stays)
		}
		if v.Site != "" {
			_ = v.ReadBack() // it must not panic
		}
		for part := range strings.SplitSeq(v.String(), "\n") {
			if strings.ContainsAny(part, "\x1b\r\x00") {
				t.Errorf("the report has a control character: %q", part)
			}
		}
	})
}
