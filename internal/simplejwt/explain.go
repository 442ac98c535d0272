// SPDX-License-Identifier: Apache-2.0

package simplejwt

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/caddyrefresh/caddyrefresh/store"
)

// Explanation says whether [Backend.Refresh] would accept a token, and why, in words
// for an operator. The words may quote claims that are wrong, but never the token, its
// signature or its jti.
type Explanation struct {
	// Err is the error that Refresh would return, or nil if it would give tokens.
	Err error

	// Key names the setting whose key made the signature, or "".
	Key string

	// Problems are all that is wrong with the token. Err is the error of the first one.
	// A token that passes has none.
	Problems []Problem

	// Remarks are likely mistakes that Refresh accepts.
	Remarks []string

	// Graced is how long after its first use a spent token still gets the same
	// successor. 0: it does not.
	Graced time.Duration
}

// Problem is one thing that is wrong with a token.
type Problem struct {
	Err  error  // one of this package's errors about tokens, or one that wraps ErrUnavailable
	Text string // one sentence in lower case: what, why and the cure
}

// Ask answers a question as [store.Store]'s Check does.
type Ask func(ctx context.Context, c *store.Check) (store.Answer, error)

// Explain says whether Refresh would accept a token, and why. It mints, spends and
// writes nothing, provided that ask writes nothing. ask stands in for the store; if it
// is nil, only the token itself is checked. Explain is for commands: it takes longer
// than Refresh, and goes on after the first problem.
//
// It runs the checks of Refresh and only adds the words, so the two cannot disagree
// about whether a token is good.
func (b *Backend) Explain(ctx context.Context, s *Scratch, token []byte, now time.Time, ask Ask) Explanation {
	x := explainer{b: b, now: now, wantType: refreshType}
	err := x.verify(ctx, s, token)
	encodable := err != nil || b.encodable(&s.claims)
	if err == nil && encodable {
		if _, err = b.stamp(&s.claims, now); err != nil {
			x.sessionOver(&s.claims, err)
		}
	}
	if err == nil && encodable {
		err = x.user(ctx, &s.claims)
	}
	users := store.UserChecks{}
	if err == nil {
		users = b.userChecks(&s.claims)
	}
	err = x.store(ctx, s, err, users, ask)
	if err == nil && !encodable {
		err = x.unencodable(&s.claims)
	}
	if err == nil && b.spends && store.Successor(s.claims.jti.text()) == "" {
		err = errSessionEnded
		x.problem(err, "its session has rotated as often as a session may: the user has to log in again")
	}
	return x.decided(err)
}

// ExplainSliding does the same for [Backend.RefreshSliding].
func (b *Backend) ExplainSliding(ctx context.Context, s *Scratch, token []byte, now time.Time, ask Ask) Explanation {
	x := explainer{b: b, now: now, wantType: slidingType}
	err := x.store(ctx, s, x.verify(ctx, s, token), store.UserChecks{}, ask)
	if err == nil {
		if err = b.checkRefreshExp(&s.claims, now); err != nil {
			x.refreshOver(&s.claims, err)
		}
	}
	if err == nil && !b.encodable(&s.claims) {
		err = x.unencodable(&s.claims)
	}
	if err == nil {
		err = x.user(ctx, &s.claims)
	}
	return x.decided(err)
}

// IsSliding reports whether the token type in token is sliding. It does not check the
// signature.
func (b *Backend) IsSliding(token []byte) bool {
	parts, _ := splitCompact(token)
	payload, ok := appendDecoded(nil, parts.payload)
	var c claims
	return ok && c.parse(payload, &b.names) && c.tokenType != nil && c.tokenType.is(slidingType)
}

// explainer is the state of one call of Explain.
type explainer struct {
	Explanation
	b        *Backend
	now      time.Time
	wantType string
}

// verify makes the checks of the token itself, and finds the words.
func (x *explainer) verify(ctx context.Context, s *Scratch, token []byte) error {
	err := x.b.verify(ctx, s, token, x.now, x.wantType)
	x.compact(ctx, token)
	if x.Key == "" {
		x.Remarks = nil // anybody may have written the claims
	}
	return err
}

func (x *explainer) problem(err error, format string, args ...any) {
	x.Problems = append(x.Problems, Problem{err, fmt.Sprintf(format, args...)})
}

// decided returns the explanation of a token whose checks returned err. The problem
// that is the reason for err comes first.
func (x *explainer) decided(err error) Explanation {
	if x.Err = err; err == nil {
		return x.Explanation
	}
	is := func(p Problem) bool { return errors.Is(x.Err, p.Err) }
	i := slices.IndexFunc(x.Problems, is)
	if i < 0 {
		x.Problems = slices.Insert(x.Problems, 0, Problem{x.Err, x.Err.Error()})
		return x.Explanation
	}
	deciding := x.Problems[i]
	x.Problems = slices.Insert(slices.Delete(x.Problems, i, i+1), 0, deciding)
	return x.Explanation
}

// compact looks at the token from the outside in, as verify does.
func (x *explainer) compact(ctx context.Context, token []byte) {
	if why := whyNotCompact(token); why != "" {
		x.problem(ErrInvalid, "%s", why)
		return
	}
	c, _ := splitCompact(token)
	x.signature(ctx, &c)
	payload, ok := appendDecoded(nil, c.payload)
	if !ok {
		x.problem(ErrInvalid, "its payload is not base64url as RFC 7515 requires it, without padding and stray bits")
		return
	}
	var claims claims
	if !claims.parse(payload, &x.b.names) {
		x.problem(ErrInvalid, "its payload is not a JSON object in UTF-8, or it names a claim twice")
		return
	}
	x.registered(&claims)
	x.own(&claims)
}

// store asks the store about the token in s, whose checks have returned err, and
// returns the error that Refresh would return. Refresh asks the store about good
// tokens, and about some bad ones: see blacklistedBefore.
func (x *explainer) store(ctx context.Context, s *Scratch, err error, users store.UserChecks, ask Ask) error {
	if x.b.store == nil || ask == nil || err != nil && !afterBlacklist(err) {
		return err
	}
	answer, fault := ask(ctx, &store.Check{Name: x.b.storeName, Token: x.b.storeToken(s, nil), Users: users})
	if fault != nil {
		err = fmt.Errorf("%w: %w", ErrUnavailable, fault)
		x.problem(err, "the store cannot say whether it was used: %v", fault)
		return err
	}
	if answer.Verdict == store.Live {
		return err
	}
	if answer.Verdict == store.Spent {
		x.Graced = x.b.reuseGrace
	}
	found := x.b.judge(&answer)
	x.problem(found, "%s", x.b.whyStoreRefuses(&answer))
	return found
}

// user makes the user check, and finds the words.
func (x *explainer) user(ctx context.Context, c *claims) error {
	check := x.b.checkUser
	if x.wantType == slidingType {
		check = x.b.checkSlidingUser
	}
	err := check(ctx, c)
	switch {
	case errors.Is(err, ErrNoActiveAccount):
		x.problem(err, "its user is missing or inactive, as user_check answers with 410")
	case err != nil:
		x.problem(err, "%s", strings.TrimPrefix(err.Error(), ErrUserUnknown.Error()+": "))
	}
	return err
}

// UserChecks returns the checks that a user has to pass, without those that depend on
// the token.
func (b *Backend) UserChecks() store.UserChecks { return b.users }

// Rotates reports whether a refresh gives a new refresh token.
func (b *Backend) Rotates() bool { return b.rotate }
