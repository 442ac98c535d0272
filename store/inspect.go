// SPDX-License-Identifier: Apache-2.0

package store

import (
	"context"
	"time"
)

// Inspector is what a store may implement besides [Store], so that an operator can
// have it looked at before it is put to use, by `caddyrefresh token-refresh check`.
// Neither method writes anything: no record, and nothing that the store keeps for
// itself. A store without it is not looked at.
type Inspector interface {
	// Inspect asks the resource whether the store could do its work: whether it
	// answers, holds what the store expects and grants the rights that the store
	// needs. Rights are asked for, not tried out. The context bounds it in place
	// of the store's timeout.
	Inspect(ctx context.Context, i *Inspection) Report

	// Peek answers as [Store]'s Check does, under the same bound.
	Peek(ctx context.Context, c *Check) (Answer, error)
}

// Inspection says what the store will be used for.
type Inspection struct {
	// Users are the checks that users will have to pass. They decide what the store
	// reads of a user. PasswordClaim is not set.
	Users UserChecks
}

// Report is what an inspection found. Its texts are sentences in lower case that
// say what is wrong and what to do, and hold no secret.
type Report struct {
	// About says in a few words what was found, such as a server's version.
	About string

	// Now is the store's clock, zero where it could not be read.
	Now time.Time

	// Faults keep the store from its work. With one of them requests would be
	// answered with 503.
	Faults []string

	// Remarks do not keep the store from its work, but the operator should know them.
	Remarks []string

	// Held says that another process of this machine has the records, so that
	// nothing could be looked at and only that process can be asked.
	Held bool
}
