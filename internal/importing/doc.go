// SPDX-License-Identifier: Apache-2.0

// Package importing makes the configuration of an edge from a Django project's own
// settings and URLs. [Script] runs in the project and prints facts, [Read] finds them,
// and [Judge] decides what the edge can answer, writes the site, and reports what
// carries over, what differs and what has to stay with Django.
package importing

import _ "embed"

// Script is the Python that prints the facts. It needs only the standard library and
// the project's packages.
//
//go:embed facts.py
var Script string
