// SPDX-License-Identifier: Apache-2.0

// Package refusals puts an edge with `refusals backend` in front of real Django
// projects that word their refusals themselves: one with the exception handler of
// drf-standardized-errors, one in French. What the client gets is compared with what
// the project says, and what reaches the project is counted. What it needs (Python) has
// the build tag conformance.
package refusals
