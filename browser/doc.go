// SPDX-License-Identifier: Apache-2.0

// Package browser tests the edge in front of real Django with a real Chromium. Each test
// says what a page, another tab, a trusted page or a hostile page gets. It is a module of
// its own, so that users do not get the driver of the browser.
//
// All tests share one Chromium, in which each has cookies and storage of its own, and one
// Django. The edge is a process of its own for each test. Everything has TLS, with names
// below .test that Chromium resolves to loopback ports.
package browser
