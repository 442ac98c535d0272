// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"context"
	"errors"
	"fmt"

	"github.com/caddyrefresh/caddyrefresh/store"
)

// Inspect answers store.Inspector's Inspect. A file that is not there is not made.
func (f *File) Inspect(ctx context.Context) store.Report {
	there, err := f.inspect()
	switch {
	case err != nil:
		return store.Report{Faults: []string{err.Error()}}
	case !there:
		return store.Report{
			About:   "no file yet",
			Now:     f.now(),
			Remarks: []string{fmt.Sprintf("%s does not exist yet: the first request makes it, and it knows no token that was spent before", f.path)},
		}
	}
	ledger, err := f.get(ctx)
	switch {
	case errors.Is(err, ErrLocked):
		return store.Report{Held: true}
	case err != nil:
		return store.Report{Faults: []string{err.Error()}}
	}
	status := ledger.Status()
	report := store.Report{About: fmt.Sprintf("records: %d", status.Entries), Now: status.Now}
	if !status.Up {
		report.Faults = []string{status.LastError}
	}
	return report
}

// Peek answers store.Inspector's Peek. It makes no file either.
func (f *File) Peek(ctx context.Context, c *store.Check) (store.Answer, error) {
	there, err := f.inspect()
	switch {
	case err != nil:
		return store.Answer{}, err
	case !there:
		return store.Answer{Verdict: store.Live, Now: f.now()}, nil
	}
	return f.Check(ctx, c)
}
