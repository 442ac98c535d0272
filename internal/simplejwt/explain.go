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

	// Answer is the store's, and Undecided where it was not asked.
	Answer store.Answer
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
	x := explainer{b: b, now: now}
	err := b.verify(ctx, s, token, now, refreshType)
	x.compact(ctx, token)
	if x.Key == "" {
		x.Remarks = nil // of claims that may be anybody's
	}
	unencodable := err == nil && !b.encodable(&s.claims)
	if err == nil && !unencodable {
		if _, err = b.stamp(&s.claims, now); err != nil {
			x.sessionOver(&s.claims, err)
		}
	}
	if b.store != nil && ask != nil {
		if before, asked := x.store(ctx, s, err, ask); asked && before != nil {
			err = before
		}
	}
	if err == nil && unencodable {
		err = ErrInvalid
		x.problem(err, "%s, which is no string: PyJWT makes no token with it, and Django fails; let the backend write a string, or name it as ISSUER", has("iss", s.claims.iss))
	}
	if err == nil && b.spends && store.Successor(s.claims.jti.text()) == "" {
		err = ErrBlacklisted
		x.problem(err, "its session has rotated as often as a session may: let the user log in anew")
	}
	x.Err = err
	x.decide()
	return x.Explanation
}

// explainer is one Explain under way.
type explainer struct {
	Explanation
	b   *Backend
	now time.Time
}

func (x *explainer) problem(err error, format string, args ...any) {
	x.Problems = append(x.Problems, Problem{err, fmt.Sprintf(format, args...)})
}

// decide puts the problem that is the reason for Err first.
func (x *explainer) decide() {
	if x.Err == nil {
		return
	}
	is := func(p Problem) bool { return errors.Is(x.Err, p.Err) }
	i := slices.IndexFunc(x.Problems, is)
	if i < 0 {
		x.Problems = slices.Insert(x.Problems, 0, Problem{x.Err, x.Err.Error()})
		return
	}
	deciding := x.Problems[i]
	x.Problems = slices.Insert(slices.Delete(x.Problems, i, i+1), 0, deciding)
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
		x.problem(ErrInvalid, "its payload is not base64url as RFC 7515 wants it, without padding and stray bits")
		return
	}
	var claims claims
	if !claims.parse(payload, &x.b.names) {
		x.problem(ErrInvalid, "its payload is no JSON object in UTF-8, or names a claim twice")
		return
	}
	x.registered(&claims)
	x.own(&claims)
}

// store asks what the store knows of the token in s, whose checks have returned
// err. Refresh asks it about a good token, and about some that are not, see
// blacklistedBefore.
func (x *explainer) store(ctx context.Context, s *Scratch, err error, ask Ask) (found error, asked bool) {
	users := store.UserChecks{}
	switch {
	case err == nil:
		users = x.b.userChecks(&s.claims)
	case !errors.Is(err, ErrNoExp) && !errors.Is(err, ErrExpPassed) && !errors.Is(err, ErrNoType) && !errors.Is(err, ErrWrongType):
		return nil, false
	}
	answer, err := ask(ctx, &store.Check{Name: x.b.storeName, Token: x.b.storeToken(s, nil), Users: users})
	if err != nil {
		found = fmt.Errorf("%w: %w", ErrUnavailable, err)
		x.problem(found, "the store cannot say whether it was used: %v", err)
		return found, true
	}
	x.Answer = answer
	if answer.Verdict == store.Live {
		return nil, true
	}
	found = x.b.judge(&answer)
	x.problem(found, "%s", x.b.whyStoreRefuses(&answer))
	return found, true
}

// UserChecks returns the checks that the users of tokens have to pass, but for those
// that depend on a token.
func (b *Backend) UserChecks() store.UserChecks { return b.users }

// Rotates reports whether a refresh gives a new refresh token.
func (b *Backend) Rotates() bool { return b.rotate }
