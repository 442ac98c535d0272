// SPDX-License-Identifier: Apache-2.0

// Package reload changes passwords and certificates of real servers while an edge serves,
// and has the edge read them again, as caddy reload --force does.
package reload
