// SPDX-License-Identifier: Apache-2.0

package store

import (
	"context"
	"time"
)

const (
	// MaxSteps is how far a chain is walked: 69 days of a session that is
	// renewed every five minutes.
	MaxSteps = 20_000

	firstBatch = 64
	nextBatch  = 512
)

// Link is what a store knows of one token of a chain.
type Link struct {
	// JTI is the token's id. It is given to Look; the rest is for Look to fill.
	JTI string

	// Known says that the store holds something on the token.
	Known bool

	// Spent says that the token has a successor, which expires at the second
	// NextExpires (0: not known).
	Spent       bool
	NextExpires int64

	// Expires is the token's own exp as far as it is known, else 0. Kill fills
	// it from the predecessor where Look leaves it 0.
	Expires int64
}

// Look fills in what the store knows of each link, in one round trip. It may
// not look at more than one moment for one link, but may for the whole batch.
type Look func(ctx context.Context, links []Link) error

// Mark revokes the token of a link unless it is spent, in one atomic step, and
// reports whether it is revoked now: false sends Kill on from there.
type Mark func(ctx context.Context, newest Link) (bool, error)

// Kill revokes the newest token of the chain from the token given on. It walks
// the derived successors, looks them up in batches and stops at the newest token
// after the last one known. Records in between may be gone where lifetimes
// differ, so an unknown token ends the walk only if its record would still be
// kept; else the walk goes on for MaxSteps. A Spend that overtakes the walk
// makes mark report false, and the walk goes on from there.
//
// It returns the newest token and the number of steps to it, and
// ErrChainTooLong, with nothing marked, where MaxSteps are not enough.
func Kill(ctx context.Context, now time.Time, from Token, look Look, mark Mark) (Link, int, error) {
	start, steps := Link{JTI: from.JTI, Expires: from.ExpiresAt}, 0
	for {
		newest, n, err := walk(ctx, now, start, MaxSteps-steps, look)
		if err != nil {
			return Link{}, 0, err
		}
		steps += n
		done, err := mark(ctx, newest)
		if err != nil || done {
			return newest, steps, err
		}
		if err := ctx.Err(); err != nil {
			return Link{}, 0, err
		}
		start = newest
	}
}

// walk finds the newest token from start on, and the steps to it.
func walk(ctx context.Context, now time.Time, start Link, budget int, look Look) (Link, int, error) {
	var (
		newest  = start // the first one after all that were spent
		steps   = 0     // from start to newest
		looked  = 0     // tokens looked up so far
		next    = start // the first one not yet looked up
		links   []Link
		perStep = firstBatch
	)
	for looked <= budget {
		links = links[:0]
		for range min(perStep, budget+1-looked) {
			links = append(links, next)
			next = Link{JTI: Successor(next.JTI)}
		}
		if err := look(ctx, links); err != nil {
			return Link{}, 0, err
		}
		for i := range links {
			l := &links[i]
			if l.JTI == newest.JTI && l.Expires == 0 {
				l.Expires = newest.Expires
			}
			switch {
			case l.Known && l.Spent:
				steps = looked + i + 1
				newest = Link{JTI: Successor(l.JTI), Expires: l.NextExpires}
			case l.Known:
				steps, newest = looked+i, *l
			}
		}
		looked += len(links)
		if steps < looked && remembered(now, newest) {
			return newest, steps, nil
		}
		perStep = nextBatch
	}
	if steps > budget {
		return Link{}, 0, ErrChainTooLong
	}
	return newest, steps, nil
}

// remembered reports whether the store would still know of the token if it had
// been spent: then it is the end of the chain. A token that is known and was not
// spent is the end too.
func remembered(now time.Time, l Link) bool {
	return l.Known || l.Expires != 0 && now.Unix() <= addSeconds(l.Expires, Margin)
}
