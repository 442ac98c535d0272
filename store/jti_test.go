// SPDX-License-Identifier: Apache-2.0

package store

import (
	"errors"
	"strings"
	"testing"
)

// TestSuccessor holds the derivation to vectors computed with Python's hashlib:
// every edge, of every version, must agree on them for as long as v1 lives.
func TestSuccessor(t *testing.T) {
	for _, tc := range []struct{ jti, session, want, then string }{
		{"0123456789ab4def8123456789abcdef", "0123d52738a0c6d015d4", "0123d52738a08c6d8015d40000001950", "0123d52738a08c6d8015d40000002c8c"},
		{"0123456789ab8def8123456789abcdef", "aa84630083a693b07480", "aa84630083a6893b8074800000001836", "aa84630083a6893b80748000000026e9"},
		{"0123456789abcdef0123456789abcdef", "8e8ab3676630f7e90d1c", "8e8ab36766308f7e890d1c0000001b80", "8e8ab36766308f7e890d1c00000022cf"},
		{"a", "cd10d7295a9a1d4c0bdf", "cd10d7295a9a81d48c0bdf00000015bb", "cd10d7295a9a81d48c0bdf0000002004"},
		{"ABCD1234", "b6095d8bf0aa5ee1f7c9", "b6095d8bf0aa85ee81f7c90000001b53", "b6095d8bf0aa85ee81f7c90000002233"},
		{"0123456789AB4DEF8123456789ABCDEF", "246cf89879ad5eb6dbd0", "246cf89879ad85eb86dbd00000001db3", "246cf89879ad85eb86dbd000000021a7"},
		{"01234567-89ab-4def-8123-456789abcdef", "b6e9d393b88e2d521dbb", "b6e9d393b88e82d5821dbb00000017bc", "b6e9d393b88e82d5821dbb0000002177"},
		{"é{}\r\n ", "592ef16d2ebff3aeda20", "592ef16d2ebf8f3a8eda20000000140c", "592ef16d2ebf8f3a8eda200000002dae"},
		{"\xff\xfe", "a69187a2c0db1d079b9c", "a69187a2c0db81d0879b9c0000001f1e", "a69187a2c0db81d0879b9c00000027f8"},
		{strings.Repeat("x", 255), "3bd90b526e81201e2eb0", "3bd90b526e8182018e2eb00000001ed2", "3bd90b526e8182018e2eb000000027a6"},
	} {
		got := Successor(tc.jti)
		if got != tc.want {
			t.Errorf("Successor(%q) = %q, want %q", tc.jti, got, tc.want)
		}
		if then := Successor(got); then != tc.then {
			t.Errorf("Successor(Successor(%q)) = %q, want %q", tc.jti, then, tc.then)
		}
		for step, jti := range []string{tc.jti, tc.want, tc.then} {
			p := Locate(jti)
			if want := (Place{tc.session, uint32(step)}); p != want {
				t.Errorf("Locate(%q) = %+v, want %+v", jti, p, want)
			}
			if p.Slot() != tc.session[:4] || !strings.HasPrefix(tc.want, p.Prefix()) || len(p.Prefix()) != 22 {
				t.Errorf("Locate(%q): slot %q, prefix %q", jti, p.Slot(), p.Prefix())
			}
		}
	}
}

// TestSteps: each successor stands one step on in the same session, whatever
// digits the step has.
func TestSteps(t *testing.T) {
	jti := strings.Repeat("a", 32)
	session := Locate(jti).Session
	for step := range uint32(300) {
		if got, want := Locate(jti), (Place{session, step}); got != want {
			t.Fatalf("Locate(%q) = %+v, want %+v", jti, got, want)
		}
		jti = Successor(jti)
	}
}

// TestLastStep: a session ends where its steps do.
func TestLastStep(t *testing.T) {
	const last, before = "0011223344558667878899fffffffc4f", "0011223344558667878899ffffffe329"
	if p := Locate(last); p != (Place{"00112233445566778899", MaxStep}) {
		t.Errorf("Locate = %+v, want the last step", p)
	}
	if got := Successor(before); got != last {
		t.Errorf("Successor of the step before the last = %q, want %q", got, last)
	}
	if got := Successor(last); got != "" {
		t.Errorf("Successor of the last step = %q, want none", got)
	}
}

// TestRoots: what looks like a derived jti and is none is the root of a session
// of its own, so that no other system's id stands in the middle of one of ours.
func TestRoots(t *testing.T) {
	const derived = "0123d52738a08c6d8015d40000002c8c"
	if p := Locate(derived); p.Step != 2 {
		t.Fatalf("Locate(%q) = %+v, want step 2", derived, p)
	}
	for name, jti := range map[string]string{
		"other check digits": "0123d52738a08c6d8015d40000002c8d",
		"other step":         "0123d52738a08c6d8015d40000003c8c",
		"step 0":             "00112233445586678788990000000d2b",
		"capitals":           strings.ToUpper(derived),
		"version 7":          "0123d52738a07c6d8015d40000002c8c",
		"other variant":      "0123d52738a08c6d9015d40000002c8c",
		"too long":           derived + "0",
		"too short":          derived[:31],
	} {
		p := Locate(jti)
		if p.Step != 0 || p.Session == Locate(derived).Session {
			t.Errorf("%s: Locate = %+v, want the root of another session", name, p)
		}
		if p.Slot() == jti[:slotSize] {
			t.Errorf("%s: the slot is the jti's own beginning", name)
		}
	}
}

// TestSuccessorAllocates guards the hot path: one string and nothing else.
func TestSuccessorAllocates(t *testing.T) {
	root := strings.Repeat("0a", 16)
	for _, jti := range []string{root, Successor(root)} {
		if n := testing.AllocsPerRun(100, func() { _ = Successor(jti) }); n > 1 {
			t.Errorf("Successor allocates %v times, want once", n)
		}
		if n := testing.AllocsPerRun(100, func() { _ = Locate(jti) }); n > 1 {
			t.Errorf("Locate allocates %v times, want once", n)
		}
	}
}

func FuzzLocate(f *testing.F) {
	for _, jti := range []string{"a", "0123456789ab4def8123456789abcdef", "0123d52738a08c6d8015d40000002c8c", "0011223344558667878899fffffffc4f"} {
		f.Add(jti)
	}
	f.Fuzz(func(t *testing.T, jti string) {
		if ValidJTI(jti) != nil {
			return
		}
		p := Locate(jti)
		if len(p.Session) != sessionSize || !isLowerHex(p.Session) || p.Step > MaxStep {
			t.Fatalf("Locate(%q) = %+v", jti, p)
		}
		next := Successor(jti)
		if p.Step == MaxStep {
			if next != "" {
				t.Fatalf("Successor(%q) = %q, want none", jti, next)
			}
			return
		}
		if got, want := Locate(next), (Place{p.Session, p.Step + 1}); got != want {
			t.Fatalf("Locate(Successor(%q)) = %+v, want %+v", jti, got, want)
		}
	})
}

func TestValidJTI(t *testing.T) {
	for _, tc := range []struct {
		jti  string
		want error
	}{
		{"", ErrInvalidJTI},
		{"a\x00b", ErrInvalidJTI},
		{"\x00b", ErrInvalidJTI},
		{strings.Repeat("x", 256), ErrInvalidJTI},
		{strings.Repeat("x", 255), nil},
		{"{}\r\n \xff", nil},
	} {
		if got := ValidJTI(tc.jti); !errors.Is(got, tc.want) {
			t.Errorf("ValidJTI(%.20q) = %v, want %v", tc.jti, got, tc.want)
		}
	}
}
