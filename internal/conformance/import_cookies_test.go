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
	"time"

	gocmp "github.com/google/go-cmp/cmp"
)

const (
	// cookieRounds is how often each case of a project with cookies is sent.
	cookieRounds = 8

	// cookiePatience is how long the rounds may take on a machine so busy that a store
	// misses its timeout: such a round says nothing, and is tried again.
	cookiePatience = 5 * time.Minute
)

// cookieCase is a refresh by the body, by the cookie, or by both.
type cookieCase struct{ name, body, cookie string }

// askWithCookies refreshes by the body and by the cookie of dj-rest-auth, at the edge and
// at the project, and wants the same answers with the same cookies.
func (p *importedProject) askWithCookies(t *testing.T, edge, django string) {
	jtis, rounds, cookies, status := 5000, 0, 0, map[int]int{}
	for end := time.Now().Add(cookiePatience); rounds < cookieRounds && time.Now().Before(end); {
		var (
			differences []string
			busy        bool
			kept        int
			answered    = map[int]int{}
		)
		for _, c := range p.cookieCases(&jtis) {
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
			answered[want.Status]++
			kept += len(wantHeader["Set-Cookie"])
			busy = busy || got.Status == http.StatusServiceUnavailable
			if diff := p.cookieDiff(want, got, wantHeader, gotHeader); diff != "" {
				differences = append(differences, c.name+": "+diff)
			}
		}
		if busy {
			t.Log("the store missed its timeout: the round is tried again")
			continue
		}
		rounds++
		cookies += kept
		for s, n := range answered {
			status[s] += n
		}
		for _, diff := range differences {
			t.Error(diff)
		}
	}
	if p.origin != "" {
		stranger := JSON(p.paths()[0], `{}`).With("Cookie", p.cookie+"=x").With("Origin", "https://evil.example")
		if got, _, err := send(edge, stranger.Bytes()); err != nil || got.Status != http.StatusForbidden {
			t.Errorf("a page of another origin gets %d and %v, want 403", got.Status, err)
		}
	}
	t.Logf("%d rounds, by Django's status: %v; %d cookies", rounds, sorted(status), cookies)
	if rounds < cookieRounds || status[http.StatusOK] < 5*rounds || status[http.StatusUnauthorized] < 5*rounds || cookies < 4*rounds {
		t.Error("that compares too little")
	}
}

// cookieCases returns the cases of a round, whose tokens have jtis of their own.
func (p *importedProject) cookieCases(jtis *int) []cookieCase {
	profile := p.filled()
	m := &maker{rel: p.rel(), p: profile, now: now()}
	token := func(change ...func(Claims) Claims) string {
		*jtis++
		claims := m.claims().With(profile.JTI, fmt.Sprintf(`"%032x"`, *jtis))
		for _, c := range change {
			claims = c(claims)
		}
		return m.sign(claims)
	}
	expired := func(c Claims) Claims { return c.With("exp", m.at(-60)) }
	access := func(c Claims) Claims { return c.With(profile.Type, `"access"`) }
	spent := token()
	return []cookieCase{
		{"body", `{"refresh":"` + token() + `"}`, ""},
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
	}
}

// cookieDiff says in which way the edge's answer is not Django's, or "".
func (p *importedProject) cookieDiff(want, got Answer, wantHeader, gotHeader http.Header) string {
	profile := p.filled()
	want, got = withoutMoments(want), withoutMoments(got)
	if diff := profile.Compare(&want, &got); diff != "" {
		return diff
	}
	headers := func(h http.Header) [][]string {
		return [][]string{setCookies(h), h["Access-Control-Allow-Origin"], h["Access-Control-Allow-Credentials"]}
	}
	if diff := gocmp.Diff(headers(wantHeader), headers(gotHeader)); diff != "" {
		return "Set-Cookie and Access-Control-Allow- (-Django +edge):\n" + diff
	}
	return ""
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
