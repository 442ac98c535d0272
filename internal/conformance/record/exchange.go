// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package main

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/caddyrefresh/caddyrefresh/internal/conformance"
)

// base is the time that the catalogue is recorded at: 2026-06-01 12:00:00 UTC.
const base = 1780315200

// shownBody is how much is kept of a body that is no API's.
const shownBody = 200

type recorder struct {
	rel  *conformance.Set
	p    conformance.Profile
	addr string
	base float64 // when the catalogue is recorded
}

// exchange has Django answer one case, and works out what the edge answers
// where that is something else.
func (r *recorder) exchange(c conformance.Case) (conformance.Exchange, error) {
	// The name is what JSON makes of it, so that it is found again in a base.
	e := conformance.Exchange{Name: string([]rune(c.Name)), Profile: r.p.Name, Now: r.base + c.Offset, JTIs: r.jtis(c.Name)}
	if c.Token != "" {
		e.JTIs = r.p.JTIsFor(c.Token, e.JTIs[0], e.JTIs[1])
	}
	if raw := c.Request.Bytes(); utf8.Valid(raw) {
		e.Request = string(raw)
	} else {
		e.RequestBase64 = raw
	}
	var err error
	if e.Django, err = r.ask(c.Request, e.Now, e.JTIs); err != nil {
		return e, err
	}
	if e.Django.Status != 200 && c.Differs == nil {
		e.JTIs = nil // none were drawn
	}
	if c.Differs == nil {
		if e.Django.Headers["Content-Type"] != "application/json" {
			return e, fmt.Errorf("no answer of the API (status %d), and no row of the parity page says so", e.Django.Status)
		}
		return e, nil
	}
	edge, err := r.edge(c, e)
	if err != nil || edge.BodyPrefix == "" && edge.Diff(&e.Django) == "" {
		return e, err
	}
	e.Parity, e.Edge = c.Differs.Row, &edge
	if !strings.HasPrefix(e.Django.Headers["Content-Type"], "application/json") && len(e.Django.Body) > shownBody {
		e.Django.Body, e.Django.BodyPrefix = "", e.Django.Body[:shownBody]
	}
	return e, nil
}

// edge returns what the edge answers to a case that differs.
func (r *recorder) edge(c conformance.Case, e conformance.Exchange) (conformance.Answer, error) {
	answer := e.Django
	switch d := c.Differs; {
	case d.Answer != nil:
		return *d.Answer, nil
	case d.Twin != nil:
		var err error
		if answer, err = r.ask(*d.Twin, e.Now, e.JTIs); err != nil {
			return answer, err
		}
	}
	if c.Differs.Respelled {
		var err error
		answer.Body, err = r.p.Respell(answer.Body, c.Token)
		return answer, err
	}
	return answer, nil
}

func (r *recorder) ask(request conformance.Request, now float64, jtis []string) (conformance.Answer, error) {
	answer, _, err := conformance.Send(r.addr, request.Bytes(
		[2]string{"X-Record-Now", strconv.FormatFloat(now, 'f', -1, 64)},
		[2]string{"X-Record-Jti", strings.Join(jtis, ",")},
	))
	return answer, err
}

// jtis are the two that a refresh draws at most, the access token's first. They are
// those of the set's base, so that what is the same is recorded as the same.
func (r *recorder) jtis(name string) []string {
	sum := sha256.Sum256([]byte(cmp.Or(r.rel.Base, r.rel.Name) + "\x00" + r.p.Name + "\x00" + name))
	return []string{hex.EncodeToString(sum[:16]), hex.EncodeToString(sum[16:])}
}

// obtained are cases with tokens that Django itself gave to a user.
func (r *recorder) obtained() ([]conformance.Case, error) {
	switch {
	case r.p.RefreshExp != "":
		return r.obtainedSliding()
	case r.p.DJRestAuth != nil:
		return nil, r.logOut()
	}
	var out []conformance.Case
	for user := 1; user <= 2; user++ {
		name := fmt.Sprintf("token that user %d obtained", user)
		login := conformance.JSON(conformance.ObtainPath, fmt.Sprintf(`{"username":"user%d","password":"password%d"}`, user, user))
		answer, err := r.ask(login, r.base-7200.5, r.jtis(name))
		if err != nil {
			return nil, err
		}
		var pair struct{ Refresh, Access string }
		if err := json.Unmarshal([]byte(answer.Body), &pair); err != nil || answer.Status != 200 {
			return nil, fmt.Errorf("obtaining a token: %d %s", answer.Status, answer.Body)
		}
		out = append(out,
			conformance.Case{Name: name, Token: pair.Refresh, Request: conformance.JSON(conformance.RefreshPath, `{"refresh":"`+pair.Refresh+`"}`)},
			conformance.Case{Name: name + ", the access token", Token: pair.Access, Request: conformance.JSON(conformance.RefreshPath, `{"refresh":"`+pair.Access+`"}`)},
			conformance.Case{Name: "verify: " + name, Token: pair.Refresh, Request: conformance.JSON(conformance.VerifyPath, `{"token":"`+pair.Refresh+`"}`)},
		)
	}
	return out, nil
}

// logOut puts a token into the blacklist, where there is one.
func (r *recorder) logOut() error {
	if !r.p.Remembers {
		return nil
	}
	answer, err := r.ask(conformance.JSON(conformance.BlacklistPath, `{"refresh":"`+r.p.LoggedOut(r.rel, r.base)+`"}`), r.base, r.jtis("logging out"))
	if err == nil && answer.Status != 200 {
		err = fmt.Errorf("logging out: %d %s", answer.Status, answer.Body)
	}
	return err
}

// obtainedSliding are cases with a sliding token that Django itself gave to a user.
func (r *recorder) obtainedSliding() ([]conformance.Case, error) {
	const name = "sliding token that user 1 obtained"
	answer, err := r.ask(conformance.JSON(conformance.ObtainSlidingPath, `{"username":"user1","password":"password1"}`), r.base-60.5, r.jtis(name))
	if err != nil {
		return nil, err
	}
	var given struct{ Token string }
	if err := json.Unmarshal([]byte(answer.Body), &given); err != nil || answer.Status != 200 {
		return nil, fmt.Errorf("obtaining a sliding token: %d %s", answer.Status, answer.Body)
	}
	return []conformance.Case{
		{Name: name, Token: given.Token, Request: conformance.JSON(conformance.SlidingPath, `{"token":"`+given.Token+`"}`)},
		{Name: "verify: " + name, Token: given.Token, Request: conformance.JSON(conformance.VerifyPath, `{"token":"`+given.Token+`"}`)},
		{Name: "refresh: " + name, Token: given.Token, Request: conformance.JSON(conformance.RefreshPath, `{"refresh":"`+given.Token+`"}`)},
	}, nil
}
