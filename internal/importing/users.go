// SPDX-License-Identifier: Apache-2.0

package importing

import (
	"cmp"
	"path"
	"strings"

	"github.com/caddyrefresh/caddyrefresh/internal/release"
	"github.com/caddyrefresh/caddyrefresh/internal/simplejwt"
)

// users writes the store's lines if the project has a blacklist, and judges whether
// the edge can check users as the release does.
func (v *Verdict) users(r *release.Release) {
	f := v.facts
	checked := r.ChecksUser && len(v.refresh) > 0 // nobody looks for the user of a sliding token
	if checked {
		const own = "rest_framework_simplejwt.authentication.default_user_authentication_rule"
		if rule := f.python("USER_AUTHENTICATION_RULE"); rule != own {
			v.stays("USER_AUTHENTICATION_RULE is %s: SimpleJWT %s asks it at each refresh, and the edge does not run Python", cmp.Or(rule, "not known"), r.Version)
		}
	}
	if !f.BlacklistApp {
		if checked {
			v.differs("SimpleJWT %s refuses tokens of users that are inactive or deleted; without the blacklist app the edge sees no users, "+
				"and refreshes such a token until it expires (docs/parity.md, user-state)", r.Version)
		}
		return
	}
	v.seesUsers = true
	v.database()
	v.userTable(checked)
	if f.truth("CHECK_REVOKE_TOKEN") {
		v.better("end_sessions_on_password_change ends sessions when the password changes: Django's refresh does not look at CHECK_REVOKE_TOKEN")
	}
}

// database names the database of the blacklist's tables.
func (v *Verdict) database() {
	f, d := v.facts, &v.facts.Database
	scheme := map[string]string{"postgresql": "postgres", "mysql": "mysql", "sqlite": "sqlite"}[d.Vendor]
	switch {
	case scheme == "":
		v.stays("the blacklist is in a database of %s: the edge knows PostgreSQL, MySQL or MariaDB, and SQLite", cmp.Or(d.Vendor, d.Engine))
		return
	case strings.Contains(d.Engine, "tenant"):
		v.stays("the database's engine is %s: each tenant has tables of its own, and the edge knows one schema", d.Engine)
	case scheme == "sqlite" && !path.IsAbs(d.Name):
		v.stays("the blacklist is in the SQLite database %q, which is not the absolute path of a file", d.Name)
	case d.TimeZone != "" && f.UseTZ && scheme != "postgres":
		v.stays("the database %s has a TIME_ZONE of its own, which the edge does not know", d.Alias)
	}
	from := "DATABASES, " + v.alias()
	switch {
	case scheme == "sqlite":
		v.store = append(v.store, line{"django", []string{"sqlite:///" + escapePath(d.Name)}, nil, from})
	case len(d.Env) > 0 && plainName(d.Env[0]):
		v.toDo("give Caddy the variable %s, as Django has it", d.Env[0])
		if len(d.Network) > 0 {
			v.toDo("see that %s has ?%s: the project sets it in OPTIONS", d.Env[0], networkOptions(d))
		}
		v.store = append(v.store, line{"django", []string{"{env." + d.Env[0] + "}"}, nil, from})
	default:
		v.toDo("give Caddy the variable DATABASE_URL: %s, with the characters # ? / of the password percent-encoded", databaseURL(scheme, d))
		if others := otherOptions(d); len(others) > 0 {
			v.toDo("check whether DATABASE_URL needs options too; the project has OPTIONS named %s", someOf(others))
		}
		v.store = append(v.store, line{"django", []string{"{env.DATABASE_URL}"}, nil, from})
	}
	if len(d.SearchPath) > 0 && scheme == "postgres" {
		v.addStore("schema", d.SearchPath[0], "OPTIONS, search_path")
		if len(d.SearchPath) > 1 {
			v.toDo("write as schema the one among %s that has the tables of token_blacklist", someOf(d.SearchPath))
		}
	}
	if !f.UseTZ {
		v.addStore("time_zone", f.TimeZone, "TIME_ZONE with USE_TZ off")
	}
}

// alias names the database for a comment, if it has a name that fits one.
func (v *Verdict) alias() string {
	if plainName(v.facts.Database.Alias) {
		return v.facts.Database.Alias
	}
	return "by the router"
}

// userTable writes the lines for the table and the columns of users.
func (v *Verdict) userTable(checked bool) {
	f, u := v.facts, &v.facts.User
	if checked {
		v.checkUser()
	}
	if u.ID != nil && !u.ID.Inherited && u.ID.Column != simplejwt.DefaultUserIDField {
		v.add("user_id_field", u.ID.Column, "USER_ID_FIELD of "+modelName(u.Model))
	}
	if u.Table != "auth_user" {
		v.addStore("user_table", u.Table, "the table of "+modelName(u.Model))
	}
	switch {
	case !checked:
	case !f.truth("CHECK_USER_IS_ACTIVE"):
		v.lines = append(v.lines, line{"check_user_is_active", []string{"off"}, false, "CHECK_USER_IS_ACTIVE"})
	case u.Active == nil && u.AlwaysActive:
		v.lines = append(v.lines, line{"check_user_is_active", []string{"off"}, false, "is_active is not a column of " + modelName(u.Model)})
	case u.Active != nil && u.Active.Column != "is_active":
		v.addStore("active_field", u.Active.Column, "the column of is_active")
	}
}

// checkUser refuses user models that one query cannot read.
func (v *Verdict) checkUser() {
	f, u := v.facts, &v.facts.User
	active := f.truth("CHECK_USER_IS_ACTIVE")
	switch {
	case u.Database != f.Database.Alias:
		v.stays("users are in the database %q and the blacklist is in %q: the edge asks one database", u.Database, f.Database.Alias)
	case u.Filtered:
		v.stays("the manager of %s leaves users out, or cannot be asked: the edge would see them", u.Model)
	case u.ID == nil:
		v.stays("USER_ID_FIELD is not a column of %s", u.Model)
	case u.ID.Inherited || active && u.Active != nil && u.Active.Inherited:
		v.stays("%s inherits its columns from another table: the edge reads only one", u.Model)
	case active && u.Active == nil && !u.AlwaysActive:
		v.stays("is_active of %s is computed by Python", u.Model)
	}
}

func (v *Verdict) addStore(name, value, from string) {
	v.store = append(v.store, line{name, []string{value}, value, from})
}

// modelName returns a model's label, to be written into a comment.
func modelName(label string) string {
	if strings.ContainsFunc(label, func(r rune) bool { return r != '.' && !plainName(string(r)) }) || label == "" {
		return "AUTH_USER_MODEL"
	}
	return label
}
