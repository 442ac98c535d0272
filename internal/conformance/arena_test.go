// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package conformance

import (
	"net/http"
	"strings"
	"testing"
)

// mostShown is how many unexplained differences of a profile are told in full.
const mostShown = 12

// arena is one profile: its Django, and the edge before it.
type arena struct {
	*live
	t        *testing.T
	site     Site
	n        int  // cases tried
	refers   bool // the edge has refusals backend
	referred int  // refusals of Django that the edge delivered
	once     bool // nothing is sent twice: it spends
	wrong    int
}

// send sends a request, and again where its answer got lost, unless it may spend.
func (a *arena) send(addr string, raw []byte) (Answer, http.Header, error) {
	if a.once {
		return send(addr, raw)
	}
	return Send(addr, raw)
}

// try sends a case to both.
func (a *arena) try(c Case) {
	a.n++
	p := &a.site.Profile
	raw := c.Request.Bytes()
	django, _, err := a.send(a.site.Django, raw)
	if err != nil {
		a.fail("%s: Django: %v", c.Name, err)
		return
	}
	edge, header, err := a.send(a.site.Addr, raw)
	if err != nil {
		a.fail("%s: edge: %v", c.Name, err)
		return
	}
	if a.refers && header.Get("Via") != "" {
		a.delivered(c, django, edge, header)
		return
	}
	if header.Get("Cache-Control") != "no-store" || header.Get("Via") != "" {
		a.fail("%s: the edge did not answer itself: %v\n%s", c.Name, header, raw)
		return
	}
	if a.refers && django.Status == http.StatusInternalServerError && isRefusal(edge.Status) {
		a.count(django.Status, RowCrash) // in the project's words, which Explain does not know
		return
	}
	row, err := p.Explain(a.rel, c, django, edge, a.ask)
	if err != nil {
		a.fail("%s: %v\nrequest: %.1500q\ntoken: %s", c.Name, err, raw, readable(c))
		return
	}
	a.count(django.Status, row)
	if row != RowUserState {
		a.use(c, django, edge)
	}
}

// delivered wants an answer of the backend to be a refusal, and Django's to the byte.
func (a *arena) delivered(c Case, django, edge Answer, header http.Header) {
	if diff := django.Diff(&edge); diff != "" || !isRefusal(edge.Status) || header.Get("Cache-Control") != "no-store" {
		a.fail("%s: the backend's answer was delivered with status %d and Cache-Control %q: %s", c.Name, edge.Status, header.Get("Cache-Control"), diff)
		return
	}
	a.referred++
	a.count(django.Status, "")
}

func isRefusal(status int) bool { return status >= 400 && status < 500 }

func (a *arena) ask(r Request) (Answer, error) {
	answer, _, err := Send(a.site.Django, r.Bytes())
	return answer, err
}

func (a *arena) count(status int, row string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.sent++
	a.status[status]++
	if row == "" {
		a.same++
	} else {
		a.rows[row]++
	}
}

func (a *arena) fail(format string, args ...any) {
	a.mu.Lock()
	a.sent++
	a.failed++
	a.mu.Unlock()
	if a.wrong++; a.wrong <= mostShown {
		a.t.Errorf("profile "+a.site.Profile.Name+": "+format, args...)
	} else if a.wrong == mostShown+1 {
		a.t.Errorf("profile %s: more differences are not shown", a.site.Profile.Name)
	}
}

// use takes the edge's tokens to Django: the access token to a protected view,
// where it must fare as Django's own does, and the refresh token to Django's
// refresh endpoint; and Django's refresh token to the edge.
func (a *arena) use(c Case, django, edge Answer) {
	theirs, ours := tokens(django), tokens(edge)
	if len(theirs) == 0 || len(theirs) != len(ours) {
		return
	}
	scheme, _, _ := strings.Cut(a.site.Profile.Challenge(), " ")
	var answers [2]Answer
	for i, token := range []string{theirs[0], ours[0]} {
		r := Request{Method: "GET", Target: ProtectedPath, Headers: [][2]string{{"Accept", "application/json"}, {"Authorization", scheme + " " + token}}}
		var err error
		if answers[i], err = a.ask(r); err != nil {
			a.fail("%s: protected view: %v", c.Name, err)
			return
		}
	}
	if answers[0].Status != answers[1].Status {
		a.fail("%s: the protected view answers %d to Django's access token, %d to the edge's\n%s", c.Name, answers[0].Status, answers[1].Status, answers[1].Body)
		return
	}
	a.mu.Lock()
	if answers[1].Status == http.StatusOK {
		a.accepted[a.site.Profile.Name]++
	}
	a.mu.Unlock()
	if len(ours) < 2 || a.n%4 != 0 || a.site.Profile.DJRestAuth != nil { // whose own path is not SimpleJWT's
		return
	}
	there, _, err1 := Send(a.site.Django, JSON(RefreshPath, `{"refresh":"`+ours[1]+`"}`).Bytes())
	here, _, err2 := Send(a.site.Addr, JSON(RefreshPath, `{"refresh":"`+theirs[1]+`"}`).Bytes())
	if err1 != nil || err2 != nil || there.Status != http.StatusOK || here.Status != http.StatusOK {
		a.fail("%s: the edge's rotated token at Django: %v %v; Django's at the edge: %v %v", c.Name, there, err1, here, err2)
		return
	}
	a.mu.Lock()
	a.crossed[a.site.Profile.Name]++
	a.mu.Unlock()
}

// passThrough holds the edge to what is not its own: Django answers.
func (a *arena) passThrough() {
	login := JSON(ObtainPath, `{"username":"nobody","password":"x"}`)
	for _, r := range []Request{
		{Method: "GET", Target: RefreshPath},
		{Method: "HEAD", Target: RefreshPath},
		{Method: "PUT", Target: RefreshPath, Body: "{}", Headers: [][2]string{{"Content-Type", "application/json"}}},
		{Method: "DELETE", Target: VerifyPath},
		{Method: "OPTIONS", Target: RefreshPath, Headers: [][2]string{{"Accept", "application/json"}}},
		{Method: "OPTIONS", Target: VerifyPath, Headers: [][2]string{{"Accept", "application/json"}}},
		{Method: "GET", Target: ProtectedPath},
		{Target: "/api/token/refresh/more/", Body: "{}"},
		{Target: "/API/token/refresh/", Body: "{}"},
		login,
	} {
		a.n++
		django, _, err := Send(a.site.Django, r.Bytes())
		if err != nil {
			a.fail("%s %s: Django: %v", r.Method, r.Target, err)
			continue
		}
		edge, header, err := Send(a.site.Addr, r.Bytes())
		if err != nil {
			a.fail("%s %s: edge: %v", r.Method, r.Target, err)
			continue
		}
		if diff := django.Diff(&edge); diff != "" || header.Get("Via") == "" {
			a.fail("%s %s should pass through to Django (Via %q): %s", r.Method, r.Target, header.Get("Via"), diff)
			continue
		}
		a.count(django.Status, "")
	}
}

// readable shows what is in a token.
func readable(c Case) string {
	var out []string
	for s := range strings.SplitSeq(c.Token, ".") {
		if d, err := b64.DecodeString(s); err == nil {
			s = string(d)
		}
		out = append(out, s)
	}
	return strings.Join(out[:min(2, len(out))], " . ")
}
