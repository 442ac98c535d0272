// SPDX-License-Identifier: Apache-2.0

package simplejwt

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/caddyrefresh/caddyrefresh/store"
)

// Explanation is what [Backend.Refresh] makes of a token, and why, in words for an
// operator. The words hold claims that do not fit, and never the token, its
// signature or its jti.
type Explanation struct {
	// Err is the error that Refresh would return, nil where it would give tokens.
	Err error

	// Key names the setting whose key the signature is of, "" for none.
	Key string

	// Problems are all that is wrong with the token. The first one decides: its
	// error is Err. A token that passes has none.
	Problems []Problem

	// Remarks are what may not be meant, though Refresh does not mind.
	Remarks []string

	// Graced is how long after its first use a token that was used before is answered
	// with the same successor, all the same. 0 is never.
	Graced time.Duration
}

// Problem is one thing that is wrong with a token.
type Problem struct {
	Err  error  // one of this package's errors about tokens, or one that wraps ErrUnavailable
	Text string // one sentence in lower case: what, why and the cure
}

// Ask answers a question as [store.Store]'s Check does.
type Ask func(ctx context.Context, c *store.Check) (store.Answer, error)

// Explain says what Refresh would make of a token. It makes no token, and spends
// and writes nothing, provided that ask does not: ask stands in for the store, and
// where it is nil the token is judged by itself. It is for commands: it takes
// longer than Refresh, and goes on after the first problem.
//
// Verdicts are those of the checks that Refresh makes. Only the words are found
// here, so the two cannot disagree about whether a token is good.
func (b *Backend) Explain(ctx context.Context, s *Scratch, token []byte, now time.Time, ask Ask) Explanation {
	x := explainer{b: b, now: now, wantType: refreshType}
	err := x.verify(ctx, s, token)
	encodable := err != nil || b.encodable(&s.claims)
	if err == nil && encodable {
		if _, err = b.stamp(&s.claims, now); err != nil {
			x.sessionOver(&s.claims, err)
		}
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
	return x.decided(err)
}

// IsSliding reports whether a token says of itself, be it signed or not, that it is
// a sliding one.
func (b *Backend) IsSliding(token []byte) bool {
	parts, _ := splitCompact(token)
	payload, ok := appendDecoded(nil, parts.payload)
	var c claims
	return ok && c.parse(payload, &b.names) && c.tokenType != nil && c.tokenType.is(slidingType)
}

// explainer is one Explain under way.
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
		x.Remarks = nil // of claims that may be anybody's
	}
	return err
}

func (x *explainer) problem(err error, format string, args ...any) {
	x.Problems = append(x.Problems, Problem{err, fmt.Sprintf(format, args...)})
}

// decided is the explanation of a token that is refused with err. The problem that
// is the reason for it comes first.
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

// store asks what the store knows of the token in s, whose checks have returned
// err, and returns what is wrong with the token then. Refresh asks it about a good
// token, and about some that are not, see blacklistedBefore.
func (x *explainer) store(ctx context.Context, s *Scratch, err error, users store.UserChecks, ask Ask) error {
	later := errors.Is(err, ErrNoExp) || errors.Is(err, ErrExpPassed) || errors.Is(err, ErrNoType) || errors.Is(err, ErrWrongType)
	if x.b.store == nil || ask == nil || err != nil && !later {
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

// UserChecks returns the checks that the users of tokens have to pass, but for those
// that depend on a token.
func (b *Backend) UserChecks() store.UserChecks { return b.users }

// Rotates reports whether a refresh gives a new refresh token.
func (b *Backend) Rotates() bool { return b.rotate }
