// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"context"
	"errors"
	"fmt"

	"github.com/caddyrefresh/caddyrefresh/store"
)

// Check answers store.Store's Check.
func (f *File) Check(ctx context.Context, c *store.Check) (store.Answer, error) {
	return ask(ctx, f, func(l *Ledger) (store.Answer, error) { return l.Check(ctx, c) })
}

// Spend answers store.Store's Spend.
func (f *File) Spend(ctx context.Context, s *store.Spend) (store.Answer, error) {
	return ask(ctx, f, func(l *Ledger) (store.Answer, error) { return l.Spend(ctx, s) })
}

// Revoke answers store.Store's Revoke.
func (f *File) Revoke(ctx context.Context, r *store.Revocation) (store.RevokeAnswer, error) {
	return ask(ctx, f, func(l *Ledger) (store.RevokeAnswer, error) { return l.Revoke(ctx, r) })
}

// CutOff answers store.Store's CutOff.
func (f *File) CutOff(ctx context.Context, c *store.CutOff) (store.CutOffAnswer, error) {
	return ask(ctx, f, func(l *Ledger) (store.CutOffAnswer, error) { return l.CutOff(ctx, c) })
}

// ask adds to an error which file could not answer. An error about the request itself
// stays as it is.
func ask[A any](ctx context.Context, f *File, question func(*Ledger) (A, error)) (a A, err error) {
	l, err := f.get(ctx)
	if err == nil {
		a, err = question(l)
	}
	if err == nil || errors.Is(err, store.ErrNoUser) {
		return a, err
	}
	var none A
	return none, fmt.Errorf("%w: %s: %w", store.ErrUnavailable, f.path, err)
}
