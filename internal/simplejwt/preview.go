// SPDX-License-Identifier: Apache-2.0

package simplejwt

import (
	"context"
	"slices"
	"time"

	"github.com/caddyrefresh/caddyrefresh/store"
)

// Preview returns a backend that decides as b does and writes nothing: tokens are
// checked where b spends or revokes them, and the jti of a new refresh token is
// drawn. The store is asked how it was that long ago (see [store.Check]).
func (b *Backend) Preview(ago time.Duration) *Backend {
	p := *b
	p.spends, p.previews, p.ago = false, true, ago
	return &p
}

// Authenticate reads token into s and makes every check but those of its type and
// of the store. Its errors are those of [Backend.Verify].
func (b *Backend) Authenticate(ctx context.Context, s *Scratch, token []byte, now time.Time) error {
	return b.verify(ctx, s, token, now, "")
}

// SpentHere reports whether the token in s, which must have passed, was spent by
// an edge and its session goes on: a repeat of it may get its successor.
func (b *Backend) SpentHere(ctx context.Context, s *Scratch) (bool, error) {
	answer, err := b.lookUp(ctx, s, store.UserChecks{})
	return answer.Verdict == store.Spent, err
}

// MarkSpent remembers that the backend spent the token, so that the store refuses
// it from now on. No successor is known to the store, so a repeat gets none. A token
// that would be refused anyway is left alone.
func (b *Backend) MarkSpent(ctx context.Context, s *Scratch, token []byte, now time.Time) error {
	if err := b.verify(ctx, s, token, now, refreshType); err != nil {
		return nil //nolint:nilerr // the edge would refuse it with no store at all
	}
	// Revoking a token that an edge spent would end the session of its successor.
	if answer, err := b.lookUp(ctx, s, store.UserChecks{}); err != nil || answer.Verdict != store.Live {
		return err
	}
	_, err := b.revoke(ctx, s, token)
	return err
}

// WouldGive makes the tokens that would come of the one in s if nothing were wrong
// with it. It reports false where its claims could not be read.
func (b *Backend) WouldGive(s *Scratch, now time.Time) (Pair, bool) {
	if len(s.claims.all) == 0 {
		return Pair{}, false
	}
	st, err := b.stamp(&s.claims, now)
	if err != nil {
		return Pair{}, false
	}
	pair, err := b.mint(s, &st)
	return pair, err == nil
}

// Facts are what an answer of b may differ by from another backend's.
type Facts struct {
	JTIClaim      string // the name of the claim in a token
	Issuer        string // "" for none
	Leeway        time.Duration
	SessionsEnd   bool // sessions have a longest life
	HasStore      bool
	SharesBackend bool // the store is the backend's own tables
	SeesUsers     bool // the store does
	ClockApart    bool // the store's clock is known to be off ours at the moment
}

// Facts returns what is so at the moment.
func (b *Backend) Facts() Facts {
	f := Facts{
		JTIClaim: b.names.jti, Issuer: b.issuer, Leeway: b.leeway, SessionsEnd: b.sessionLifetime != 0, HasStore: b.store != nil,
		SharesBackend: b.traits.SharesBackend, SeesUsers: b.traits.SeesUsers, ClockApart: b.ahead() != 0,
	}
	if f.JTIClaim == noClaim {
		f.JTIClaim = noName
	}
	return f
}

// Signer says whose key signed a token.
type Signer uint8

// The signers that are told apart.
const (
	UnknownSigner  Signer = iota // none of the configured keys
	CurrentSigner                // the signing key
	PreviousSigner               // one of the previous keys
)

// SignerOf returns whose key signed token. A [KeySet] is not asked: where there is
// one, it is taken for the signer of what the configured keys did not sign.
func (b *Backend) SignerOf(token []byte) Signer {
	c, ok := splitCompact(token)
	if !ok {
		return UnknownSigner
	}
	signature, ok := appendDecoded(nil, c.signature)
	if !ok {
		return UnknownSigner
	}
	verifies := func(k *Key) bool { return k.verify(c.signed, signature) }
	switch i := slices.IndexFunc(b.ring.keys, verifies); {
	case verifies(b.signingKey):
		return CurrentSigner
	case i >= 0:
		return PreviousSigner
	case b.ring.set != nil:
		return CurrentSigner
	default:
		return UnknownSigner
	}
}
