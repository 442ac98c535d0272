// SPDX-License-Identifier: Apache-2.0

package setting

import (
	"fmt"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
)

const (
	// MaxTimeout is the longest that a request may wait for a store.
	MaxTimeout = 10 * time.Second

	// DefaultTimeout is how long a request waits for a store that sets no timeout.
	DefaultTimeout = 250 * time.Millisecond
)

// Timeout reads how long a request may wait for a store. Zero is refused, since in
// JSON it would read as unset.
func Timeout(d *caddyfile.Dispenser, into *caddy.Duration) error {
	if err := duration(d, into, "ms for milliseconds", "250ms or 1s"); err != nil {
		return err
	}
	if timeout := time.Duration(*into); timeout <= 0 || timeout > MaxTimeout {
		return d.Err(outOfRange(timeout))
	}
	return nil
}

// ResolveTimeout returns the timeout of a store: the one given, or [DefaultTimeout]
// for none. It refuses one that is out of range; owner is what the error begins with,
// such as "store redis".
func ResolveTimeout(owner string, given caddy.Duration) (time.Duration, error) {
	timeout := time.Duration(given)
	switch {
	case timeout < 0 || timeout > MaxTimeout:
		return 0, fmt.Errorf("%s: %s", owner, outOfRange(timeout))
	case timeout == 0:
		return DefaultTimeout, nil
	default:
		return timeout, nil
	}
}

func outOfRange(timeout time.Duration) string {
	return fmt.Sprintf("timeout %s is out of range: write a duration above 0s and up to %s; %s is the default",
		timeout, MaxTimeout, DefaultTimeout)
}
