// SPDX-License-Identifier: Apache-2.0

package check

import "context"

// userCheck asks the backend about a user whom it cannot have. Its view answers 410, if
// it is the right one.
func (v *visit) userCheck(ctx context.Context) {
	if v.site.UserCheck == nil {
		return
	}
	active, err := v.site.UserCheck.Probe(ctx)
	switch {
	case err != nil:
		v.found(Wrong, "user_check: %v; refreshes are answered with 503 until then", err)
	case active:
		v.found(Wrong, "user_check: the backend says that user 0 is active, whom it cannot have: every user would pass, "+
			"so check the URL, which a page for any path may answer, and have the view answer 410 for a user who is missing")
	default:
		v.found(OK, "user_check answers, and refuses a user whom the backend does not have")
	}
}
