// SPDX-License-Identifier: Apache-2.0

package jwks

import "context"

// Look fetches the set now, unless that was done a moment ago, and tells what came
// of it. It waits for the fetch as long as ctx lets it.
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
