// SPDX-License-Identifier: Apache-2.0

package simplejwt

import (
	"context"
	"slices"
	"time"

	"github.com/caddyrefresh/caddyrefresh/store"
)

// Preview returns a backend that decides as b does and writes nothing. It only checks
// the tokens that b would spend or revoke, and draws the jti of each new refresh token.
// The store answers from its state of that long ago (see [store.Check]).
func (b *Backend) Preview(ago time.Duration) *Backend {
	p := *b
	p.spends, p.previews, p.ago = false, true, ago
	return &p
}

// Authenticate reads token into s and makes all checks, except of the token's type and
// in the store. Its errors are those of [Backend.Verify].
func (b *Backend) Authenticate(ctx context.Context, s *Scratch, token []byte, now time.Time) error {
	return b.verify(ctx, s, token, now, "")
}

// SpentHere reports whether an edge spent the token in s and its session goes on, so
// that a repeat may get the token's successor. [Backend.Authenticate] must have accepted
// the token.
func (b *Backend) SpentHere(ctx context.Context, s *Scratch) (bool, error) {
	answer, err := b.lookUp(ctx, s, store.UserChecks{})
	return answer.Verdict == store.Spent, err
}

// MarkSpent records that the backend spent the token, so that the store refuses it from
// now on. The store knows no successor, so a repeat gets none. MarkSpent does nothing if
// the token would be refused anyway.
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

// WouldGive makes the tokens that the one in s would give if nothing were wrong with it.
// It returns false if the claims could not be read.
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

// Facts are the properties of a backend that may make its answers differ from another's.
type Facts struct {
	JTIClaim      string // the name of the claim in a token
	Issuer        string // "" for none
	Leeway        time.Duration
	SessionsEnd   bool // sessions have a longest life
	HasStore      bool
	SharesBackend bool // the store is the backend's own tables
	SeesUsers     bool // the store or the user check sees the users
	AsksUsers     bool // the user check does
	ClockApart    bool // the store's clock is known to be off ours at the moment
}

// Facts returns the facts as of now.
func (b *Backend) Facts() Facts {
	f := Facts{
		JTIClaim: b.names.jti, Issuer: b.issuer, Leeway: b.leeway, SessionsEnd: b.sessionLifetime != 0, HasStore: b.store != nil,
		SharesBackend: b.traits.SharesBackend, SeesUsers: b.traits.SeesUsers || b.userCheck != nil, AsksUsers: b.userCheck != nil,
		ClockApart: b.ahead() != 0,
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

// SignerOf returns whose key signed token. It does not ask a [KeySet]: if there is one,
// a token that no configured key signed counts as signed by a key of the set.
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
