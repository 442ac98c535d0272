// SPDX-License-Identifier: Apache-2.0

// Package edges tests processes of the edge as an operator runs them: several of
// them beside one Redis, which have to behave as one, and one with a file, which
// is killed at random moments. What it needs (redis-server, redis-cli) has the
// build tag conformance.
//
// TORTURE sets the number of kills; TestKill has 10 without it.
//
// All processes share the clock of this machine. That edges whose clocks differ
// judge alike is tested where the clock is passed in, in store/storetest.
package edges
