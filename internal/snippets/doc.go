// SPDX-License-Identifier: Apache-2.0

// Package snippets runs what the pages of documentation tell their readers to run:
// code blocks, commands within a sentence, and links. A block in a language that
// nothing runs fails its test, so none can be added that may be wrong unnoticed.
// Commands run in a real shell, and those that need a network, Python or minutes
// are replaced by stand-ins, which check their arguments.
package snippets
