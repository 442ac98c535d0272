// SPDX-License-Identifier: Apache-2.0

package jwks

import "context"

// Look fetches the set, unless a fetch began within the cooldown, and returns the
// status. It waits for the fetch until ctx ends.
func (r *Remote[K]) Look(ctx context.Context) (Status, error) {
	f, err := r.fetch(r.config.Now())
	if f != nil {
		select {
		case <-f.done:
			err = f.err
		case <-ctx.Done():
			err = ctx.Err()
		}
	}
	return r.Status(), err
}
