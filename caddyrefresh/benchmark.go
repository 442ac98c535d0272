// SPDX-License-Identifier: Apache-2.0

//go:build benchmark

package main

// The handler that token_refresh is measured against.
import _ "github.com/caddyrefresh/caddyrefresh/internal/benchmarks/noop"
