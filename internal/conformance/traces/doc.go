// SPDX-License-Identifier: Apache-2.0

// Package traces compares the traces of questions to real servers with OpenTelemetry's
// conventions. Its tests have the build tag conformance.
package traces
