// SPDX-License-Identifier: Apache-2.0

//go:build !conformance

package main

import "context"

// besideDjango measures nothing: Django is started by code of the conformance tests.
func besideDjango(context.Context, options) ([]row, error) {
	progress("Django is left out: build with -tags conformance, as make bench does")
	return nil, nil
}
