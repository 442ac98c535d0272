// SPDX-License-Identifier: Apache-2.0

package check

// Finding is one result of the check, in one sentence without a secret.
type Finding struct {
	Site  string // the label of the site
	Level Level
	Text  string
}

// Level says what a finding means to an operator who is about to switch over.
type Level string

// The levels, in the words of the command.
const (
	OK    Level = "ok"
	Note  Level = "note"  // worth knowing, and nothing is wrong
	Wrong Level = "wrong" // it has to be put right first
)

// String is the finding on one line.
func (f Finding) String() string {
	return string(f.Level) + ": " + f.Site + ": " + f.Text
}
