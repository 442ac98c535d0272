// SPDX-License-Identifier: Apache-2.0

// Package usercheck has an edge ask the view of examples/django whether users may go on.
package usercheck
