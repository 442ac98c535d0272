// SPDX-License-Identifier: Apache-2.0

package conformance

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/caddyrefresh/caddyrefresh/internal/compare"
)

// clockSlack is how many seconds may lie between the two answers.
const clockSlack = 8

var (
	tokenMember = regexp.MustCompile(`"(access|refresh|token)"(: ?)"([^"]*)"`)
	uuid4Hex    = regexp.MustCompile(`^"[0-9a-f]{32}"$`)
)

// Compare says in which way the edge's answer is not Django's, or "". Status,
// headers and body have to be the same to the byte, but for tokens: those are
// taken apart, and differ in their jti, in their signature, and by a few
// seconds in exp and iat.
func (p *Profile) Compare(django, edge *Answer) string {
	want, got := *django, *edge
	wantTokens, gotTokens := tokens(want), tokens(got)
	if len(wantTokens) > 0 && len(wantTokens) == len(gotTokens) {
		want.Body = tokenMember.ReplaceAllString(want.Body, `"$1"$2"<token>"`)
		got.Body = tokenMember.ReplaceAllString(got.Body, `"$1"$2"<token>"`)
	}
	want, wantMoments := alike(want)
	got, gotMoments := alike(got)
	if diff := want.Diff(&got); diff != "" {
		return diff
	}
	if err := sameMoments(wantMoments, gotMoments); err != nil {
		return err.Error()
	}
	for i := range gotTokens {
		if err := p.sameToken(wantTokens[i], gotTokens[i]); err != nil {
			return fmt.Sprintf("token %d: %v\nDjango's: %s\nthe edge's: %s", i, err, wantTokens[i], gotTokens[i])
		}
	}
	return ""
}

// tokens returns the tokens of a good answer: access, and refresh if there is one, and
// then those in its cookies.
func tokens(a Answer) []string {
	if a.Status != 200 {
		return nil
	}
	var out []string
	for _, m := range tokenMember.FindAllStringSubmatch(a.Body, -1) {
		out = append(out, m[3])
	}
	return append(out, cookieTokens(a)...)
}

// sameToken wants the edge's token to be signed as it should be, to have the
// bytes of Django's header, and its claims in its order and spelling.
func (p *Profile) sameToken(django, edge string) error {
	if strings.Count(edge, ".") != 2 {
		return fmt.Errorf("not of three segments")
	}
	if !p.Holds(edge) {
		return fmt.Errorf("the edge's signature does not hold")
	}
	if wantHeader, _, _ := strings.Cut(django, "."); !strings.HasPrefix(edge, wantHeader+".") {
		return fmt.Errorf("another header")
	}
	want, err := tokenMembers(django)
	if err != nil {
		return err
	}
	got, err := tokenMembers(edge)
	if err != nil {
		return err
	}
	for i := range max(len(want), len(got)) {
		switch {
		case i >= len(got):
			return fmt.Errorf("no claim %s", want[i].RawName)
		case i >= len(want) || want[i].RawName != got[i].RawName:
			return fmt.Errorf("unexpected claim %s", got[i].RawName)
		case !p.sameClaim(want[i], got[i]):
			return fmt.Errorf("claim %s is %s, want %s", got[i].RawName, got[i].Raw, want[i].Raw)
		}
	}
	return nil
}

func tokenMembers(token string) ([]compare.Member, error) {
	payload, err := compare.Payload(token)
	if err != nil {
		return nil, err
	}
	return compare.Members(payload)
}

func (p *Profile) sameClaim(want, got compare.Member) bool {
	if want.Raw == got.Raw {
		return want.Name != p.JTI || p.JTI == "null" || p.slides() // it may be carried over
	}
	switch want.Name {
	case p.JTI:
		return uuid4Hex.MatchString(want.Raw) && uuid4Hex.MatchString(got.Raw)
	case "exp", "iat":
		w, err1 := strconv.ParseInt(want.Raw, 10, 64)
		g, err2 := strconv.ParseInt(got.Raw, 10, 64)
		return err1 == nil && err2 == nil && max(w-g, g-w) <= clockSlack
	}
	return false
}
