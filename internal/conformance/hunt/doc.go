// SPDX-License-Identifier: Apache-2.0

// Package hunt sends generated request targets through the edge to the servers
// that Django runs behind, and looks whether one of them reached Django's view
// of an endpoint that is the edge's. What it needs (Python, nginx) has the build
// tag conformance.
//
// HUNT sets the number of requests for each server over HTTP/1.1; a
// quarter as many go over HTTP/2, and over HTTP/3. HUNT_SEED repeats a run. HUNT_EDGE names a
// binary of the edge to hunt in place of this tree's.
package hunt
