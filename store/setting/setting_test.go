// SPDX-License-Identifier: Apache-2.0

package setting

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
)

func TestResolve(t *testing.T) {
	t.Setenv("SETTING_TEST", "s3cret")
	t.Setenv("SETTING_TEST_EMPTY", "")
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, []byte("from a file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for value, want := range map[string]struct{ text, err string }{
		"plain":                     {text: "plain"},
		"{env.SETTING_TEST}":        {text: "s3cret"},
		"a{env.SETTING_TEST}b":      {text: "as3cretb"},
		"{file." + file + "}":       {text: "from a file"},
		`\{curly\}`:                 {text: "{curly}"},
		"{env.SETTING_TEST_EMPTY}":  {err: "store x: password: {env.SETTING_TEST_EMPTY} is empty or cannot be read: set it"},
		"{file./nowhere/at/all}":    {err: "store x: password: {file./nowhere/at/all} is empty or cannot be read: set it"},
		"":                          {err: "store x: password: it holds a placeholder that is unknown or empty: use"},
		"hush{env.SETTING_TEST_NO}": {err: "store x: password: it holds a placeholder that is unknown or empty: use"},
		"hush{unknown}":             {err: "store x: password: it holds a placeholder that is unknown or empty: use"},
	} {
		text, err := Resolve("store x: password", value)
		switch {
		case want.err == "" && (err != nil || text != want.text):
			t.Errorf("Resolve(%q) = %q, %v, want %q", value, text, err, want.text)
		case want.err != "" && (err == nil || !strings.HasPrefix(err.Error(), want.err)):
			t.Errorf("Resolve(%q): %v, want %q", value, err, want.err)
		case err != nil && strings.Contains(err.Error(), "hush"):
			t.Errorf("Resolve(%q) quotes the value: %v", value, err)
		}
	}
}

// TestPython: a value that was copied from settings.py is refused with what to
// write, and what only looks a little like it is taken. Guards that an edge asks for
// an audience named "None", say.
func TestPython(t *testing.T) {
	const (
		none   = "x: None and null are not values in a Caddyfile: delete the line"
		truth  = "x: True and False are not values in a Caddyfile: write the text that x takes"
		list   = "x: a list has no brackets, quotes or commas in a Caddyfile: write x <value>, and more values after it where it takes several"
		run    = "x: Python is not run here: write x {env.NAME} for a variable of the environment, else the value itself"
		quotes = "x: the value has quotes inside: write it without them, or in one pair of double quotes if it has spaces"
		comma  = "x: values are separated by spaces in a Caddyfile: delete the comma or semicolon"
	)
	for value, want := range map[string]struct{ text, secret string }{
		"None": {none, none}, "null": {none, none}, "True": {truth, truth}, "False": {truth, truth},
		`["web"`: {list, list}, "[web": {list, ""}, "[]": {list, ""}, `('a'`: {list, list}, `{"a"`: {list, list}, "[": {list, ""},
		`os.environ["X"]`: {run, run}, "os.getenv('X')": {run, run}, "env('X')": {run, run}, "config(X)": {run, run}, "settings.X": {run, run},
		"'web'": {quotes, quotes}, `"web"`: {quotes, quotes}, "`web`": {quotes, quotes}, "''": {quotes, quotes},
		"web,": {comma, ""}, ",": {comma, ""},
		// These are values.
		"none": {}, "NULL": {}, "true": {}, "{env.X}": {}, "{file./x}": {}, "[::1]:6379": {}, "[::1]": {}, "'": {}, "it's": {}, "'a": {}, `"a'`: {},
		"environment": {}, "settings": {}, "https://env.example": {}, "(x)": {}, "config.example": {}, "settings.example": {}, "env.": {},
	} {
		for kind, want := range map[string]string{"text": want.text, "secret": want.secret} {
			read, got := Text, ""
			if kind == "secret" {
				read = Secret
			}
			d := caddyfile.NewDispenser([]caddyfile.Token{{Text: "x"}, {Text: value}})
			d.Next()
			var into string
			if err := read(d, &into); err != nil {
				got = err.Error()
			} else if into != value {
				t.Errorf("%s %s is read as %s", kind, value, into)
			}
			if want == "" && got != "" || want != "" && !strings.HasPrefix(got, want) {
				t.Errorf("%s %s: got %q, want %q", kind, value, got, want)
			}
		}
	}
}

func TestHasPlaceholder(t *testing.T) {
	for value, want := range map[string]bool{
		"": false, "secret": false, "{http.host}": false, "{env.X}": true, "a{file./b}c": true,
	} {
		if got := HasPlaceholder(value); got != want {
			t.Errorf("HasPlaceholder(%q) = %v", value, got)
		}
	}
}

// TestTimeout reads a timeout from a Caddyfile and from JSON: both have the same
// bounds, but 0 in JSON is a timeout that was left out.
func TestTimeout(t *testing.T) {
	const outside = "is out of range: write a duration above 0s and up to 10s; 250ms is the default"
	for text, want := range map[string]struct {
		resolved time.Duration
		read     string // what the error of the Caddyfile says
	}{
		"1ms":  {resolved: time.Millisecond},
		"10s":  {resolved: 10 * time.Second},
		"11s":  {read: "timeout 11s " + outside},
		"-1ms": {read: "timeout -1ms " + outside},
		"0s":   {read: "timeout 0s " + outside, resolved: 250 * time.Millisecond},
		"5":    {read: "timeout 5 has no unit: write 5ms for milliseconds"},
		"soon": {read: `timeout "soon" is not a duration: write a number with a unit, such as 250ms or 1s`},
	} {
		var given caddy.Duration
		d := caddyfile.NewTestDispenser("timeout " + text)
		d.Next()
		err := Timeout(d, &given)
		if want.read == "" && err != nil || want.read != "" && (err == nil || !strings.Contains(err.Error(), want.read)) {
			t.Errorf("Timeout %s: %v, want %q", text, err, want.read)
		}
		if want.resolved == 0 && !strings.Contains(want.read, outside) {
			continue // nothing was read
		}
		resolved, err := ResolveTimeout("store x", given)
		if want.resolved != 0 && (err != nil || resolved != want.resolved) {
			t.Errorf("ResolveTimeout(%s) = %v, %v, want %v", text, resolved, err, want.resolved)
		}
		if want.resolved == 0 && (err == nil || !strings.HasPrefix(err.Error(), "store x: timeout")) {
			t.Errorf("ResolveTimeout(%s): %v", text, err)
		}
	}
}
