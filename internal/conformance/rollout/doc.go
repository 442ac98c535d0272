// SPDX-License-Identifier: Apache-2.0

// Package rollout puts an edge with the setting rollout in front of real Django, and
// looks at what the client gets, what the edge says of it, and what becomes of
// sessions while the share changes. What it needs (Python) has the build tag
// conformance.
package rollout
