// SPDX-License-Identifier: Apache-2.0

package djangostore

import (
	"fmt"
	"strings"
	"unicode"
)

// names are the names of Django's tables and columns that differ by project.
type names struct {
	schema, users, userID, active, password string
}

const (
	outstandingTable = "token_blacklist_outstandingtoken"
	blacklistedTable = "token_blacklist_blacklistedtoken"
	maxName          = 64 // bytes: MySQL's limit; PostgreSQL's is 63
)

func (s *Store) resolveNames() (names, error) {
	n := names{schema: s.Schema, users: "auth_user", userID: "id", active: "is_active", password: "password"}
	for _, set := range []struct {
		setting, value string
		into           *string
	}{
		{"schema", s.Schema, &n.schema},
		{"user_table", s.UserTable, &n.users},
		{"active_field", s.ActiveField, &n.active},
		{"password_field", s.PasswordField, &n.password},
	} {
		if set.value == "" {
			continue
		}
		if err := checkName(set.setting, set.value); err != nil {
			return names{}, err
		}
		*set.into = set.value
	}
	return n, nil
}

// checkName refuses names that no database can quote, or that would be taken for a
// parameter in the text of a statement.
func checkName(setting, name string) error {
	if name == "" || len(name) > maxName || strings.ContainsAny(name, "\"`'\\?") || strings.ContainsFunc(name, unfitForName) {
		return fmt.Errorf("%s is not a name of a table or column: write 1 to %d bytes, printable and without quotes, backslash and question mark", setting, maxName)
	}
	if setting == "user_table" && strings.Contains(name, ".") {
		return fmt.Errorf("user_table %q holds a dot: write what is before it as schema <name>, and user_table <name>", name)
	}
	return nil
}

func unfitForName(r rune) bool {
	return r == unicode.ReplacementChar || r != ' ' && !unicode.IsPrint(r)
}
