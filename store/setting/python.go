// SPDX-License-Identifier: Apache-2.0

package setting

import (
	"fmt"
	"regexp"
	"strings"
)

var (
	// startsList matches what a list, a tuple or a dict of texts begins with.
	startsList = regexp.MustCompile(`^[\[({]['"]`)

	// bareList matches a list without quotes. An IPv6 address in brackets has a
	// colon.
	bareList = regexp.MustCompile(`^\[[^:]*$`)

	// readsPython matches the Python calls with which settings.py reads a value.
	readsPython = regexp.MustCompile(`^(os\.(environ|getenv)\b|(environ|getenv|env|config|(datetime\.)?timedelta)[(\[]|settings\.[A-Z])`)
)

// IsNone reports whether a value is Python's or JSON's word for no value.
func IsNone(value string) bool { return value == "None" || value == "null" }

// python returns what is wrong with a value that was copied from settings.py, and
// what to write instead, or "". It does not quote the value.
func python(name, value string) string {
	switch {
	case IsNone(value):
		return fmt.Sprintf("%s: None and null are not values in a Caddyfile: delete the line", name)
	case value == "True" || value == "False":
		return fmt.Sprintf("%s: True and False are not values in a Caddyfile: write the text that %s takes", name, name)
	case startsList.MatchString(value):
		return noList(name)
	case readsPython.MatchString(value):
		return fmt.Sprintf("%s: Python is not run here: write %s {env.NAME} for a variable of the environment, else the value itself", name, name)
	case len(value) > 1 && value[0] == value[len(value)-1] && strings.ContainsRune("'\"`", rune(value[0])):
		return fmt.Sprintf("%s: the value has quotes inside: write it without them, or in one pair of double quotes if it has spaces", name)
	default:
		return ""
	}
}

func noList(name string) string {
	return fmt.Sprintf("%s: a list has no brackets, quotes or commas in a Caddyfile: write %s <value>, and more values after it where it takes several", name, name)
}

// pythonText is python for a value that is no secret, which may begin and end with
// anything.
func pythonText(name, value string) string {
	if bareList.MatchString(value) {
		return noList(name)
	}
	if trimmed := strings.TrimRight(value, ",;"); trimmed != value && python(name, value) == "" {
		return fmt.Sprintf("%s: values are separated by spaces in a Caddyfile: delete the comma or semicolon", name)
	}
	return python(name, value)
}
