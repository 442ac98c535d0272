// SPDX-License-Identifier: Apache-2.0

// Package sharedcache puts a shared cache in front of an edge that hands up access
// tokens from cookies. The cache sees no Authorization, which would keep it away from
// answers for one user.
package sharedcache
