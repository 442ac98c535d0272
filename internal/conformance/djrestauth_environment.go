// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package conformance

import (
	"context"
	"encoding/json"
)

// environment returns the variables that make a project one with dj-rest-auth.
func (d *DJRestAuth) environment(ctx context.Context, set *Set) ([]string, error) {
	folder, err := djRestAuthFolder(ctx, set, d.Version)
	if err != nil {
		return nil, err
	}
	settings, err := json.Marshal(d)
	return []string{"CONFORMANCE_DJ_REST_AUTH=" + string(settings), "PYTHONPATH=" + folder}, err
}
