// SPDX-License-Identifier: Apache-2.0

//go:build conformance && switching

package conformance

import (
	"cmp"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
)

// cookieRounds is how often each case of a project with cookies is sent.
const cookieRounds = 8

// askWithCookies refreshes by the body and by the cookie of dj-rest-auth, at the edge and
// at the project, and wants the same answers with the same cookies.
func (p *importedProject) askWithCookies(t *testing.T, edge, django string) {
	profile := p.filled()
	m := &maker{rel: p.rel(), p: profile, now: now()}
	jtis := 5000
	token := func(change ...func(Claims) Claims) string {
		jtis++
		claims := m.claims().With(profile.JTI, fmt.Sprintf(`"%032x"`, jtis))
		for _, c := range change {
			claims = c(claims)
		}
		return m.sign(claims)
	}
	expired := func(c Claims) Claims { return c.With("exp", m.at(-60)) }
	access := func(c Claims) Claims { return c.With(profile.Type, `"access"`) }
	status := map[int]int{}
	cookies := 0
	for range cookieRounds {
		good, spent := token(), token()
		for _, c := range []struct{ name, body, cookie string }{
			{"body", `{"refresh":"` + good + `"}`, ""},
			{"cookie", `{}`, p.cookie + "=" + spent},
			{"cookie, again", `{}`, p.cookie + "=" + spent},
			{"cookie and no body", ``, p.cookie + "=" + token()},
			{"body before cookie", `{"refresh":"` + token() + `"}`, p.cookie + "=junk"},
			{"bad body before a good cookie", `{"refresh":"junk"}`, p.cookie + "=" + token()},
			{"blank body", `{"refresh":""}`, p.cookie + "=" + token()},
			{"null", `{"refresh":null}`, p.cookie + "=" + token()},
			{"number", `{"refresh":123}`, p.cookie + "=" + token()},
			{"white space", `{"refresh":" ` + token() + ` "}`, ""},
			{"neither", `{}`, "other=1"},
			{"empty cookie", `{}`, p.cookie + "="},
			{"quoted cookie", `{}`, p.cookie + `="` + token() + `"`},
			{"two cookies", `{}`, p.cookie + "=junk; " + p.cookie + "=" + token()},
			{"expired cookie", `{}`, p.cookie + "=" + token(expired)},
			{"access token", `{}`, p.cookie + "=" + token(access)},
		} {
			request := JSON(cmp.Or(p.cookieAt, p.paths()[0]), c.body)
			if c.cookie != "" {
				request = request.With("Cookie", c.cookie)
			}
			if p.origin != "" {
				request = request.With("Origin", p.origin)
			}
			want, wantHeader, err := send(django, request.Bytes())
			if err != nil {
				t.Fatal(err)
			}
			got, gotHeader, err := send(edge, request.Bytes())
			if err != nil {
				t.Fatal(err)
			}
			if gotHeader.Get("Via") != "" {
				t.Fatalf("%s: Django answered, and not the edge", c.name)
			}
			status[want.Status]++
			cookies += len(wantHeader["Set-Cookie"])
			want, got = withoutMoments(want), withoutMoments(got)
			if diff := profile.Compare(&want, &got); diff != "" {
				t.Errorf("%s: %s", c.name, diff)
			}
			for _, name := range []string{"Access-Control-Allow-Origin", "Access-Control-Allow-Credentials"} {
				if diff := gocmp.Diff(wantHeader[name], gotHeader[name]); diff != "" {
					t.Errorf("%s: %s (-Django +edge):\n%s", c.name, name, diff)
				}
			}
			if diff := gocmp.Diff(setCookies(wantHeader), setCookies(gotHeader)); diff != "" {
				t.Errorf("%s: Set-Cookie (-Django +edge):\n%s", c.name, diff)
			}
		}
	}
	if p.origin != "" {
		stranger := JSON(p.paths()[0], `{}`).With("Cookie", p.cookie+"="+token()).With("Origin", "https://evil.example")
		if got, _, err := send(edge, stranger.Bytes()); err != nil || got.Status != http.StatusForbidden {
			t.Errorf("a page of another origin gets %d and %v, want 403", got.Status, err)
		}
	}
	t.Logf("by Django's status: %v; %d cookies", sorted(status), cookies)
	if status[http.StatusOK] < 5*cookieRounds || status[http.StatusUnauthorized] < 5*cookieRounds || cookies < 4*cookieRounds {
		t.Error("that compares nothing")
	}
}

var moment = regexp.MustCompile(`"(\w+_expiration)":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{6})?(Z?)"`)

// withoutMoments replaces the times in a body, which lie some milliseconds apart. Their
// form stays.
func withoutMoments(a Answer) Answer {
	a.Body = moment.ReplaceAllString(a.Body, `"$1":"<time>$2"`)
	if vary := a.Headers["Vary"]; vary != "" {
		a.Headers["Vary"] = strings.ToLower(vary)
	}
	return a
}

var (
	keptToken = regexp.MustCompile(`=[\w-]+\.[\w-]+\.[\w-]+;`)
	keptUntil = regexp.MustCompile(`expires=[^;]+;`)
	keptFor   = regexp.MustCompile(`Max-Age=\d+;`)
)

// setCookies returns the Set-Cookie headers without tokens and without the seconds that
// lie between two answers.
func setCookies(h http.Header) (lines []string) {
	for _, line := range h["Set-Cookie"] {
		line = keptToken.ReplaceAllString(line, "=<token>;")
		line = keptUntil.ReplaceAllString(line, "expires=<time>;")
		lines = append(lines, keptFor.ReplaceAllStringFunc(line, func(age string) string {
			var seconds int
			_, _ = fmt.Sscanf(age, "Max-Age=%d;", &seconds)
			return fmt.Sprintf("Max-Age=%d0;", (seconds+5)/10) // lifetimes are whole minutes
		}))
	}
	return lines
}
