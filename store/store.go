// SPDX-License-Identifier: Apache-2.0

package store

import (
	"context"
	"time"
)

// Store remembers which refresh tokens were spent or revoked. All methods may be
// called at once from many goroutines. After they return they hold nothing that the
// request points to, and they do not change the request.
//
// In Caddy, a store is a module in the namespace http.token_refresh.stores; it
// takes up its resource in Provision and gives it back in Cleanup, so it has no
// Close here.
//
// This interface gains no method, so that a store compiles with later releases too. A
// new ability becomes an interface of its own, which the handler finds by a type
// assertion, as [Identifier], [BackendAware], [Inspector] and [Locator] are. A store without it
// behaves as before. The structs of requests, answers and traits may gain fields,
// whose zero value means what was there before: write field names in literals. A new
// [Verdict] or [UserState] comes only in answer to such a field.
type Store interface {
	// Traits says what kind of store this is. It is the same for as long as
	// the store lives and costs nothing to ask. A Caddyfile asks for it before
	// the store is provisioned, when Timeout may still be 0.
	Traits() Traits

	// Check answers whether a token, and its user, may still be used: Live,
	// Spent, Refused or UserRefused. It writes nothing.
	Check(ctx context.Context, c *Check) (Answer, error)

	// Spend spends a token in favour of its successor, or says why not: Rotated,
	// Replayed, Refused, Straggler, Reused or UserRefused. The table is in the
	// package comment. Rotated is durable before it is returned, and costs one round
	// trip.
	Spend(ctx context.Context, s *Spend) (Answer, error)

	// Revoke ends the session of a token, whichever token of it is given and
	// whether or not that was spent. It competes with Spend for the same record,
	// so that a session cannot slip past it, and it is durable before it
	// returns. It costs the same for a session of any length.
	Revoke(ctx context.Context, r *Revocation) (RevokeAnswer, error)

	// CutOff voids every token of a user that was issued up to a second: log out
	// everywhere. A later cut-off replaces an earlier one, never the other way
	// round. It fails with ErrNoUser where no user is named.
	CutOff(ctx context.Context, c *CutOff) (CutOffAnswer, error)

	// Status returns what an operator should know of the store. It returns no
	// error: what is wrong with the store is part of the status.
	Status(ctx context.Context) Status
}

// Traits says what a store is and what it wants to be given.
type Traits struct {
	// Kind is the store's short name, as in its module id: file, redis, django.
	Kind string

	// Timeout is how long a caller waits for one operation: the context handed
	// to the store should end no later.
	Timeout time.Duration

	// SeesUsers says that the store reads the backend's users and can carry
	// out UserChecks. The others answer UserUnseen.
	SeesUsers bool

	// SharesBackend says that the store is the backend's own tables: what the
	// backend blacklists is seen here, and what is spent here is seen by the
	// backend.
	SharesBackend bool

	// KeepsTokens says that the store writes tokens down, so that Token.Text,
	// Token.Reencode and Successor.Text must be given.
	KeepsTokens bool
}

// Status is the state of a store. It holds no secret: no key, no token, no jti and
// no connection string.
type Status struct {
	// Kind is Traits.Kind.
	Kind string

	// Up says that a token could be spent at the moment. It is false where the
	// store does not answer, and where it cannot write.
	Up bool

	// Now is the store's clock, zero where it could not be read.
	Now time.Time

	// Entries counts the records of all sites, dead ones that still wait for
	// their removal included; -1 where the store cannot count them cheaply.
	Entries int64

	// Bytes is the space that the records take on a disk of this machine, 0 where
	// the store keeps none there.
	Bytes int64

	// Eviction says whether the store may drop records that are needed.
	Eviction Eviction

	// Purged counts the records removed since the store was opened, -1 where
	// something else removes them.
	Purged int64

	// LastPurge is when dead records were last looked for, zero where that has
	// not happened yet or something else does it.
	LastPurge time.Time

	// LastError is the latest fault in words, empty where there was none, and
	// LastErrorAt its time.
	LastError   string
	LastErrorAt time.Time
}

// Eviction says what a store does with records that are needed when its memory is full.
type Eviction uint8

const (
	// EvictionUnknown is that of a store that does not keep its records in a bounded
	// memory, and of one whose settings cannot be read.
	EvictionUnknown Eviction = iota

	// EvictsNothing refuses new records instead.
	EvictsNothing

	// MayEvict drops records, so that spent tokens are accepted again.
	MayEvict
)
