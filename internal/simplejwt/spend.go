// SPDX-License-Identifier: Apache-2.0

package simplejwt

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/caddyrefresh/caddyrefresh/internal/pyjson"
	"github.com/caddyrefresh/caddyrefresh/store"
)

// sessions holds the store of a backend and how to use it.
type sessions struct {
	store           store.Store // nil for none
	traits          store.Traits
	storeName       string
	ahead           func() time.Duration // see Config.StoreAhead
	spends          bool                 // refreshing spends the token
	verifyLooks     bool                 // verifying asks the store
	reuseGrace      time.Duration
	lateRetry       time.Duration
	reuseDetection  bool
	sessionLifetime time.Duration
	users           store.UserChecks // for a token that names a user
	previews        bool             // see Backend.Preview
	ago             time.Duration    // see Backend.Preview
}

func newSessions(c *Config) sessions {
	s := sessions{
		store:           c.Store,
		storeName:       c.StoreName,
		ahead:           c.StoreAhead,
		spends:          c.BlacklistAfterRotation && c.RotateRefreshTokens,
		verifyLooks:     c.BlacklistAfterRotation,
		reuseGrace:      c.ReuseGrace,
		lateRetry:       c.LateRetry,
		reuseDetection:  c.ReuseDetection,
		sessionLifetime: c.SessionLifetime,
		users: store.UserChecks{
			Exists:   c.Release.ChecksUser,
			Active:   c.Release.ChecksUser && c.CheckUserIsActive,
			Password: c.EndSessionsOnPasswordChange,
		},
	}
	if c.Store != nil {
		s.traits = c.Store.Traits()
	}
	if s.ahead == nil {
		s.ahead = func() time.Duration { return 0 }
	}
	return s
}

// storable reports whether every store can remember a token by this claim: a string of
// 1 to 255 bytes that any database can hold.
func storable(jti *claim) bool {
	if jti == nil || !jti.isString() {
		return false
	}
	text := jti.plainValue()
	_, surrogate := pyjson.Surrogate(text)
	return !surrogate && store.ValidJTI(string(text)) == nil
}

// bounded returns the context of one question to the store. It does not end when the
// client leaves: a token that is spent by then still needs its successor.
func (s *sessions) bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), s.traits.Timeout)
}

// checkStore asks whether the token in s may still be used.
func (b *Backend) checkStore(ctx context.Context, s *Scratch, users store.UserChecks) error {
	answer, err := b.lookUp(ctx, s, users)
	if err != nil || answer.Verdict == store.Live {
		return err
	}
	return b.judge(&answer)
}

// lookUp asks the store about the token in s.
func (b *Backend) lookUp(ctx context.Context, s *Scratch, users store.UserChecks) (store.Answer, error) {
	if !storable(s.claims.jti) {
		return store.Answer{}, errStricter
	}
	ctx, cancel := b.bounded(ctx)
	defer cancel()
	answer, err := b.store.Check(ctx, &store.Check{
		Name: b.storeName, Token: b.storeToken(s, nil), Users: users, Ago: b.ago,
	})
	if err != nil {
		return answer, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return answer, nil
}

// blacklistedBefore returns the error for the client after the checks of the token in s
// have returned err. A token that is blacklisted too is refused as blacklisted, as by
// Django.
func (b *Backend) blacklistedBefore(ctx context.Context, s *Scratch, err error) error {
	if b.store == nil || !afterBlacklist(err) {
		return err
	}
	if first := b.checkStore(ctx, s, store.UserChecks{}); first != nil {
		return first
	}
	return err
}

// afterBlacklist reports whether SimpleJWT looks into the blacklist before it makes the
// check that failed with err: those of exp, the id, the type and the user.
func afterBlacklist(err error) bool {
	return slices.ContainsFunc([]error{ErrNoExp, ErrExpPassed, ErrNoType, ErrWrongType, ErrNoActiveAccount}, func(later error) bool {
		return errors.Is(err, later)
	})
}

// spend spends the token in s and makes the new tokens. All that can fail comes first:
// after the spending there are only bytes to write.
func (b *Backend) spend(ctx context.Context, s *Scratch, token []byte, st *stamp) (Pair, error) {
	presented := b.storeToken(s, token)
	if st.jti = store.Successor(presented.JTI); st.jti == "" {
		return Pair{}, errSessionEnded // the session has no more steps: log in anew
	}
	pair, err := b.mint(s, st)
	if err != nil {
		return Pair{}, err
	}
	request := store.Spend{
		Name: b.storeName, Token: presented, Users: b.userChecks(&s.claims),
		Successor: store.Issued{JTI: st.jti, IssuedAt: st.refreshIAT, ExpiresAt: st.refreshExp},
		Grace:     b.reuseGrace,
		LateRetry: b.lateRetry,
		Leeway:    b.leeway,

		EndOnReuse: b.reuseDetection,
	}
	if b.traits.KeepsTokens {
		request.Successor.Text = string(pair.Refresh)
	}
	ctx, cancel := b.bounded(ctx)
	defer cancel()
	answer, err := b.store.Spend(ctx, &request)
	if err != nil {
		return Pair{}, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	switch answer.Verdict {
	case store.Rotated:
		return pair, nil
	case store.Replayed:
		pair.Late = answer.Late
		return b.replay(s, st, pair, &answer.Successor)
	default:
		return Pair{}, b.judge(&answer)
	}
}

// replay puts the refresh token that the first request got into pair.
func (b *Backend) replay(s *Scratch, st *stamp, pair Pair, recorded *store.Issued) (Pair, error) {
	pair.Replayed, pair.RefreshExpires = true, recorded.ExpiresAt
	if recorded.Text != "" {
		s.refresh = append(s.refresh[:0], recorded.Text...)
		pair.Refresh = s.refresh
		return pair, nil
	}
	if st.sessionStart != 0 {
		st.sessionStart = began(&s.claims, recorded.IssuedAt) // as the first request saw it
	}
	st.refreshIAT, st.refreshExp = recorded.IssuedAt, recorded.ExpiresAt
	if err := b.mintRefresh(s, st); err != nil {
		return Pair{}, err
	}
	pair.Refresh = s.refresh
	return pair, nil
}

// judge returns the error for a verdict other than that the token is good. A verdict
// that does not answer the question counts as a store that is down, since the edge does
// not know whether the token is good.
func (b *Backend) judge(answer *store.Answer) error {
	switch answer.Verdict {
	case store.Refused:
		if !answer.Blacklisted {
			return errSessionEnded
		}
		return errRevoked
	case store.Spent:
		return ErrBlacklisted
	case store.Straggler:
		return ErrStraggler
	case store.Reused:
		return ErrReused
	case store.UserRefused:
		return judgeUser(answer.User)
	default:
		return fmt.Errorf("%w: the store answers %s", ErrUnavailable, answer.Verdict)
	}
}

// revoke ends the session of the token in s because the client asked for it.
func (b *Backend) revoke(ctx context.Context, s *Scratch, token []byte) (store.RevokeAnswer, error) {
	ctx, cancel := b.bounded(ctx)
	defer cancel()
	answer, err := b.store.Revoke(ctx, &store.Revocation{
		Name: b.storeName, Token: b.storeToken(s, token), Leeway: b.leeway, Reason: store.Logout,
	})
	if err != nil {
		return answer, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return answer, nil
}

// Blacklist ends the session of the refresh token (serializers.py,
// TokenBlacklistSerializer). It returns [ErrBlacklisted] if the token was spent or
// revoked before, and ends the session all the same. It needs a store.
func (b *Backend) Blacklist(ctx context.Context, s *Scratch, token []byte, now time.Time) error {
	if err := b.verify(ctx, s, token, now, refreshType); err != nil {
		return b.blacklistedBefore(ctx, s, err)
	}
	if b.previews {
		return b.checkStore(ctx, s, store.UserChecks{})
	}
	answer, err := b.revoke(ctx, s, token)
	if err != nil {
		return err
	}
	switch {
	case answer.Before == store.Live:
		return nil
	case answer.Before == store.Refused && !answer.Blacklisted:
		return errSessionEnded
	default:
		return ErrBlacklisted
	}
}

// storeToken describes the token in s for the store. text is the token as it was
// presented, for stores that keep it.
func (b *Backend) storeToken(s *Scratch, text []byte) store.Token {
	c := &s.claims
	token := store.Token{JTI: c.jti.text(), User: userOf(c.userID)}
	if c.iat != nil {
		token.IssuedAt = c.issued.seconds
	}
	if c.exp != nil {
		token.ExpiresAt = c.expires.seconds
	}
	if b.traits.KeepsTokens {
		token.Text = string(text)
		token.Reencode = func() (string, error) {
			reencoded, err := b.appendToken(nil, b.appendReencoded(nil, c))
			return string(reencoded), err
		}
	}
	return token
}
