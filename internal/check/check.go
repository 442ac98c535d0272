// SPDX-License-Identifier: Apache-2.0

package check

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/caddyrefresh/caddyrefresh/internal/simplejwt"
	"github.com/caddyrefresh/caddyrefresh/internal/stores"
	"github.com/caddyrefresh/caddyrefresh/store"
)

// patience is how long one question to a server may take.
const patience = 10 * time.Second

// Edge asks an edge that runs on this machine about a store that it holds open.
type Edge interface {
	// Look returns the status of the store with that resource and name.
	Look(ctx context.Context, name, resource string) (store.Status, error)

	// Peek asks the same store as [store.Inspector]'s Peek does.
	Peek(ctx context.Context, resource string, c *store.Check) (store.Answer, error)
}

// Checker looks at sites.
type Checker struct {
	// Edge is asked if another process holds a store open.
	Edge Edge

	// Token is checked as well, unless it is nil.
	Token []byte

	// Addresses are where the configuration serves its sites.
	Addresses []Address

	// Now is this machine's clock, which is compared with the stores'.
	Now func() time.Time
}

// Run looks at one site.
func (c *Checker) Run(ctx context.Context, s *Site) []Finding {
	v := visit{Checker: c, site: s}
	v.store(ctx)
	v.keySet(ctx)
	v.userCheck(ctx)
	v.cookies()
	v.djCookies()
	if c.Token != nil {
		v.token(ctx)
	}
	return v.findings
}

// visit is one Run under way.
type visit struct {
	*Checker
	site     *Site
	findings []Finding
	ask      simplejwt.Ask // nil while the store cannot be asked
}

func (v *visit) found(level Level, format string, args ...any) {
	text := strings.ReplaceAll(fmt.Sprintf(format, args...), "\n", " ") // libraries' errors may have several lines
	v.findings = append(v.findings, Finding{v.site.Label(), level, text})
}

// bounded returns the context of one question.
func bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, patience)
}

func (v *visit) store(ctx context.Context) {
	m := v.site.Store
	if m == nil {
		return
	}
	kind := m.Traits().Kind
	inspector, ok := m.Store.(store.Inspector)
	if !ok {
		v.found(Note, "store %s was not checked: it has no check that writes nothing", kind)
		return
	}
	ctx, cancel := bounded(ctx)
	defer cancel()
	began := v.Now()
	report := inspector.Inspect(ctx, &store.Inspection{Users: v.site.Backend.UserChecks()})
	if report.Held {
		v.heldStore(ctx, m)
		return
	}
	for _, text := range report.Faults {
		v.found(Wrong, "store %s: %s", kind, text)
	}
	for _, text := range report.Remarks {
		v.found(Note, "store %s: %s", kind, text)
	}
	v.clock(kind, report.Now, began)
	if len(report.Faults) > 0 {
		return
	}
	about := ""
	if report.About != "" {
		about = " (" + report.About + ")"
	}
	v.found(OK, "store %s answers and grants the rights that the edge needs%s", kind, about)
	v.ask = inspector.Peek
}

// heldStore asks the edge that holds the store open.
func (v *visit) heldStore(ctx context.Context, m *stores.Monitored) {
	kind, resource := m.Traits().Kind, m.Resource()
	status, err := v.Edge.Look(ctx, v.site.Name, resource)
	switch {
	case err != nil:
		v.found(Wrong, "store %s is held by another process, and no running edge could be asked about it: %v", kind, err)
		return
	case !status.Up:
		v.found(Wrong, "store %s is held by a running edge, which cannot spend tokens: %s", kind, status.LastError)
	default:
		v.found(OK, "store %s is held by a running edge, which reports that it is up", kind)
	}
	v.ask = func(ctx context.Context, c *store.Check) (store.Answer, error) { return v.Edge.Peek(ctx, resource, c) }
}

// clock compares the store's clock with this machine's. Now was read after began.
func (v *visit) clock(kind string, now, began time.Time) {
	if now.IsZero() {
		return
	}
	ended := v.Now()
	apart := now.Sub(began.Add(ended.Sub(began) / 2))
	if apart.Abs() <= stores.MaxClockOffset+ended.Sub(began)/2 {
		return
	}
	side := "ahead of"
	if apart < 0 {
		side = "behind"
	}
	v.found(Wrong, "store %s: its clock is %s %s this machine's, so tokens expire and sessions end at the wrong time: check NTP on both",
		kind, apart.Abs().Round(time.Second), side)
}

func (v *visit) keySet(ctx context.Context) {
	if v.site.KeySet == nil {
		return
	}
	ctx, cancel := bounded(ctx)
	defer cancel()
	usable, at, err := v.site.KeySet.Look(ctx)
	switch {
	case err != nil:
		v.found(Wrong, "jwk_url %s cannot be fetched: %v: requests are answered with 503 until it can; check the URL and the network", at, err)
	case usable == 0:
		v.found(Wrong, "jwk_url %s has no usable key, so every token is refused: write the URL and the algorithm of the backend's keys", at)
	default:
		v.found(OK, "jwk_url %s answers with %d usable %s", at, usable, plural(usable, "key"))
	}
}

func plural(n int, word string) string {
	if n == 1 {
		return word
	}
	return word + "s"
}

func (v *visit) token(ctx context.Context) {
	ctx, cancel := bounded(ctx)
	defer cancel()
	p := v.site.Preview(ctx, v.Token, v.ask)
	if p.Key != "" {
		v.found(OK, "the token is signed with the key of %s", p.Key)
	}
	for _, problem := range p.Problems {
		if errors.Is(problem.Err, simplejwt.ErrUnavailable) {
			v.found(Wrong, "the token cannot be judged: %s", problem.Text)
			continue
		}
		v.found(Wrong, "the token is refused: %s", problem.Text)
	}
	for _, remark := range p.Remarks {
		v.found(Wrong, "%s", remark)
	}
	after := ""
	if v.site.Store != nil && v.ask == nil {
		after = ", unless it was spent or revoked, which the store was not asked"
	}
	if p.Status == http.StatusOK {
		gets := "an access token"
		switch {
		case p.Sliding:
			gets = "a sliding token"
		case v.site.Backend.Rotates():
			gets += " and a new refresh token"
		}
		v.found(OK, "a client with this token would get 200 with %s%s", gets, after)
		return
	}
	graced := ""
	if p.Graced > 0 {
		graced = fmt.Sprintf("200 with the same successor for %s after the first use, and then ", p.Graced)
	}
	if p.Referred {
		v.found(Note, "a client with this token would get %sthe backend's refusal, which the backend words (refusals backend); "+
			"where the backend does not refuse it, %d and the body %s", graced, p.Status, p.Body)
		return
	}
	v.found(Note, "a client with this token would get %s%d and the body %s", graced, p.Status, p.Body)
}
