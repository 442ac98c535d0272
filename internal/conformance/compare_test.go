// SPDX-License-Identifier: Apache-2.0

package conformance

import (
	"strings"
	"testing"
)

// answerWith is a 200 that carries one access token.
func answerWith(token string) *Answer {
	return &Answer{Status: 200, Headers: map[string]string{"Content-Type": "application/json"}, Body: `{"access":"` + token + `"}`}
}

// TestCompareSeesEachDifference guards the comparer itself: one that calls
// everything the same would make the live run worthless.
func TestCompareSeesEachDifference(t *testing.T) {
	p := Profiles()[0]
	django := Claims{
		{"token_type", `"access"`},
		{"exp", "1800000300"},
		{"iat", "1800000000"},
		{"jti", `"00000000000000000000000000000001"`},
		{"user_id", "1"},
		{"x", `{"a":[1,2.0]}`},
	}
	edge := django.With("jti", `"00000000000000000000000000000002"`)
	want := answerWith(p.Sign(django.Payload()))
	other := p
	other.Key += "x"
	for _, tc := range []struct {
		name string
		got  *Answer
		same bool
	}{
		{"only the jti", answerWith(p.Sign(edge.Payload())), true},
		{"a second later", answerWith(p.Sign(edge.With("exp", "1800000301").With("iat", "1800000001").Payload())), true},
		{"a minute later", answerWith(p.Sign(edge.With("exp", "1800000360").Payload())), false},
		{"exp a float", answerWith(p.Sign(edge.With("exp", "1800000300.0").Payload())), false},
		{"the jti of Django's", answerWith(p.Sign(django.Payload())), false},
		{"a jti of another shape", answerWith(p.Sign(edge.With("jti", `"2"`).Payload())), false},
		{"a claim spelled otherwise", answerWith(p.Sign(edge.With("x", `{"a":[1,2]}`).Payload())), false},
		{"a claim too few", answerWith(p.Sign(edge.Without("x").Payload())), false},
		{"a claim too many", answerWith(p.Sign(edge.With("y", "1").Payload())), false},
		{"another order", answerWith(p.Sign(reversed(edge).Payload())), false},
		{"another key", answerWith(other.Sign(edge.Payload())), false},
		{"another header", answerWith(Compact(p.Algorithm, p.Key, `{"typ":"JWT","alg":"HS256"}`, edge.Payload())), false},
		{"padding", answerWith(p.Sign(edge.Payload()) + "="), false},
		{"a refresh token too", &Answer{Status: 200, Headers: want.Headers, Body: strings.Replace(want.Body, "}", `,"refresh":"x"}`, 1)}, false},
		{"white space", &Answer{Status: 200, Headers: want.Headers, Body: `{"access": "` + p.Sign(edge.Payload()) + `"}`}, false},
		{"status", &Answer{Status: 201, Headers: want.Headers, Body: want.Body}, false},
		{"header", &Answer{Status: 200, Body: answerWith(p.Sign(edge.Payload())).Body}, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if diff := p.Compare(want, tc.got); (diff == "") != tc.same {
				t.Errorf("got difference %q, want none: %v", diff, tc.same)
			}
		})
	}
}

// TestExplainAllowsNothingElse guards the rules: a difference must not slip
// through under the name of a row that is about something else.
func TestExplainAllowsNothingElse(t *testing.T) {
	rel := MustSet("5.5")
	p := Profiles()[0]
	m := maker{rel: rel, p: p, now: 1800000000}
	good := m.sign(m.claims())
	ok := *answerWith(p.Sign(m.claims().Payload()))
	page := Answer{Status: 500, Headers: map[string]string{"Content-Type": "text/html; charset=utf-8"}}
	noBody := *m.answer(400, `{"refresh":["This field is required."]}`)
	fails := func(Request) (Answer, error) { return Answer{}, nil }
	for _, tc := range []struct {
		name         string
		token        string
		django, edge Answer
		row          string
	}{
		{"the edge refuses a good token", good, ok, *m.invalid(), "unexplained"},
		{"the edge refuses a padded token", good + "=", ok, *m.invalid(), RowStrictToken},
		{"the edge takes what Django refuses", good, *m.invalid(), ok, "unexplained"},
		{"the edge takes a padded token that Django refuses", good + "=", *m.invalid(), ok, "unexplained"},
		{"the edge takes what crashes Django", good, page, ok, "unexplained"},
		{"the edge refuses what crashes Django", good, page, *m.invalid(), RowCrash},
		{"another text", good, *m.unauthorized("Token is expired"), *m.unauthorized("Token has wrong type"), "unexplained"},
		{"another field error", good, noBody, *m.answer(400, `{"refresh":["This field may not be null."]}`), "unexplained"},
		{"JSON error in other words", good, *m.answer(400, `{"detail":"JSON parse error - a"}`), *m.answer(400, `{"detail":"JSON parse error - b"}`), RowParseText},
		{"JSON error for a field error", good, noBody, *m.answer(400, `{"detail":"JSON parse error - b"}`), "unexplained"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := Case{Token: tc.token, Request: JSON(RefreshPath, `{"refresh":"`+tc.token+`"}`)}
			row, err := p.Explain(rel, c, tc.django, tc.edge, fails)
			if err != nil {
				row = "unexplained"
			}
			if row != tc.row {
				t.Errorf("got %q (%v), want %q", row, err, tc.row)
			}
		})
	}
}

// TestDeclaredDifferencesAreHeld: where the page says that the edge is
// stricter, being as lenient as Django is a fault.
func TestDeclaredDifferencesAreHeld(t *testing.T) {
	rel := MustSet("5.3")
	p := Profiles()[0]
	m := maker{rel: rel, p: p, now: 1800000000}
	ok := *answerWith(p.Sign(m.claims().Payload()))
	later := *answerWith(p.Sign(m.claims().With("jti", `"00000000000000000000000000000002"`).Payload()))
	c := Case{Differs: &Difference{Row: RowStrictToken, Answer: m.invalid()}}
	if row, err := p.Explain(rel, c, ok, later, nil); err == nil {
		t.Errorf("the edge took a token that it must refuse, and row %q was content", row)
	}
	if row, err := p.Explain(rel, c, ok, *m.invalid(), nil); err != nil || row != RowStrictToken {
		t.Errorf("got row %q, %v", row, err)
	}
	if row, err := p.Explain(rel, c, *m.invalid(), *m.invalid(), nil); err != nil || row != "" {
		t.Errorf("both refuse: got row %q, %v", row, err)
	}
}
