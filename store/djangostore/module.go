// SPDX-License-Identifier: Apache-2.0

package djangostore

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"go.uber.org/zap"

	"github.com/caddyrefresh/caddyrefresh/store"
)

func init() {
	caddy.RegisterModule(Store{})
}

// Store remembers spent tokens in Django's own database, which Django and any
// number of edges share. The project needs
// `rest_framework_simplejwt.token_blacklist` in INSTALLED_APPS and nothing else.
// Sites and reloads with the same connection settings share their connections.
// Loading a configuration connects to nothing, so a reload works while the database
// is down; requests get 503 until it is back.
type Store struct {
	// The database as a URL, as DATABASE_URL is written for dj-database-url and
	// django-environ: `postgres://user:password@host:5432/name`, also
	// `postgresql`, `pgsql`, `psql`, `postgis`, `timescale` and `timescalegis`;
	// `mysql://user:password@host:3306/name` for MySQL and MariaDB, also `mysql2`,
	// `mysqlgis` and `mysql-connector`; `sqlite:////absolute/path`, also
	// `spatialite`. Certificates are `sslrootcert`, `sslcert` and `sslkey` with
	// `sslmode`, on MySQL `ssl-ca`, `ssl-cert` and `ssl-key` with `ssl-mode`.
	// Options that only Django's driver uses cause a warning. Write a placeholder such as `{env.DATABASE_URL}`, so that the
	// password stays out of the configuration. Required.
	DSN string `json:"dsn,omitempty"`

	// The table of AUTH_USER_MODEL. Default: auth_user
	UserTable string `json:"user_table,omitempty"`

	// The boolean column that says whether a user is active. Default: is_active
	ActiveField string `json:"active_field,omitempty"`

	// The column with the password's hash. Default: password
	PasswordField string `json:"password_field,omitempty"`

	// The schema of the tables; on MySQL the database. Default: that of the
	// connection
	Schema string `json:"schema,omitempty"`

	// Django's TIME_ZONE, if the project has USE_TZ = False. Default: none, for
	// USE_TZ = True
	TimeZone string `json:"time_zone,omitempty"`

	// How many connections may be open at once. Default: 10
	MaxConnections int `json:"max_connections,omitempty"`

	// How long one operation may take, at most 10s. Default: 250ms
	Timeout caddy.Duration `json:"timeout,omitempty"`

	timeout time.Duration
	logger  *zap.Logger
	poolKey string // set once the pool is ours to give back
	pool    *pool
	names   names
	zone    zone
	backend store.Backend
	state   *state
}

// state is what a store has learnt while running.
type state struct {
	layout atomic.Pointer[layout]

	mu          sync.Mutex // guards the latest fault
	lastError   string
	lastErrorAt time.Time
}

const kind = "django"

// CaddyModule returns the Caddy module information.
func (Store) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{
		ID:  "http.token_refresh.stores.django",
		New: func() caddy.Module { return new(Store) },
	}
}

// pools are the connections, by digest of the settings they are made with.
var pools = caddy.NewUsagePool()

// Provision resolves the placeholder, refuses settings that contradict each
// other, and joins or makes the connections' holder. It opens no connection.
func (s *Store) Provision(ctx caddy.Context) error {
	s.logger, s.state = ctx.Logger(), new(state)
	link, err := s.resolve()
	if err != nil {
		return err
	}
	key := link.digest()
	pooled, _, err := pools.LoadOrNew(key, func() (caddy.Destructor, error) {
		return newPool(link)
	})
	if err != nil {
		return err
	}
	s.poolKey, s.pool = key, pooled.(*pool)
	return nil
}

// SetBackend implements store.BackendAware: releases write different rows, and the
// user id of a token is found in UserIDField. Without it the store uses the column id
// and writes no owner, as SimpleJWT up to 5.3.
func (s *Store) SetBackend(b store.Backend) error {
	if err := checkName("user_id_field", b.UserIDField); err != nil {
		return err
	}
	s.backend, s.names.userID = b, b.UserIDField
	return nil
}

// Cleanup gives the connections back. The last one to do so closes them.
func (s *Store) Cleanup() error {
	if s.poolKey == "" {
		return nil
	}
	_, err := pools.Delete(s.poolKey)
	s.poolKey = ""
	return err
}

// Traits implements store.Store.
func (s *Store) Traits() store.Traits {
	return store.Traits{Kind: kind, Timeout: s.timeout, SeesUsers: true, SharesBackend: true, KeepsTokens: true}
}

// Interface guards
var (
	_ store.Store           = (*Store)(nil)
	_ store.BackendAware    = (*Store)(nil)
	_ caddy.Provisioner     = (*Store)(nil)
	_ caddy.CleanerUpper    = (*Store)(nil)
	_ caddyfile.Unmarshaler = (*Store)(nil)
)
