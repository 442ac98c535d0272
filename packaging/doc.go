// SPDX-License-Identifier: Apache-2.0

// Package packaging tests what a release delivers: the packages, the systemd unit, the
// image and the examples of deployments. Its tests need the tag conformance, root, and
// what `make release` and `make image` built.
//
// They run in a copy of this machine: a file system over this one that keeps what is
// written in memory, and a network of its own. A package can therefore be installed, and
// the ports and host names of a shipped configuration are free.
package packaging
