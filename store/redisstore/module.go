// SPDX-License-Identifier: Apache-2.0

// Package redisstore keeps spent refresh tokens in Redis (6.2 or later) or
// Valkey, shared by any number of edges: one server, one with Sentinel, or a
// cluster. Importing it registers the Caddy module
// http.token_refresh.stores.redis.
//
// A rotation is one script in one round trip. Scripts run on masters only: each
// writes or ends with what Redis counts as a write, so that a replica refuses
// it instead of answering from what may be old.
package redisstore

import (
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"go.uber.org/zap"

	"github.com/caddyrefresh/caddyrefresh/store"
)

func init() {
	caddy.RegisterModule(Store{})
}

// Store remembers spent tokens in Redis or Valkey, for any number of edges.
// Sites and reloads with the same connection settings share their connections.
// Loading a configuration connects to nothing, so a reload works while Redis is
// down; requests get 503 until it is back.
type Store struct {
	// Where Redis listens, as `host:port`; the default port is 6379. A Unix socket
	// is `unix//run/redis.sock`. URLs as redis-py reads them work too:
	// `redis://user:password@host:6379/0`, `rediss://` with TLS, and
	// `unix:///run/redis.sock`. There is exactly one address, except with
	// `sentinel_master`, where these are the sentinels (default port 26379), and
	// with `cluster`, where they are any nodes of the cluster. Placeholders such as
	// `{env.REDIS_URL}` work. Required.
	Addresses []string `json:"addresses,omitempty"`

	// The ACL user to log in as. Default: the default user
	Username string `json:"username,omitempty"`

	// The password. Write a placeholder such as `{env.REDIS_PASSWORD}` or
	// `{file./run/secrets/redis}`, so that it stays out of the configuration.
	// Sentinels get the same user name and password first, and none if they refuse
	// these.
	Password string `json:"password,omitempty"`

	// The number of the database. A cluster has only 0. Default: 0
	DB int `json:"db,omitempty"`

	// If true, connections are encrypted and the server's certificate is
	// verified. An address that begins with `rediss://` says the same.
	TLS bool `json:"tls,omitempty"`

	// The file with the certificates of the authorities to trust, in PEM. Default:
	// the system's roots
	TLSCA string `json:"tls_ca,omitempty"`

	// The files with the client's certificate and its key, in PEM. Default: the
	// client shows no certificate
	TLSCert string `json:"tls_cert,omitempty"`
	TLSKey  string `json:"tls_key,omitempty"`

	// The name that the server's certificate must have. Default: the host of the
	// address
	TLSServerName string `json:"tls_server_name,omitempty"`

	// The name under which Sentinel watches the master.
	SentinelMaster string `json:"sentinel_master,omitempty"`

	// If true, the addresses are nodes of a Redis Cluster.
	Cluster bool `json:"cluster,omitempty"`

	// The prefix of every key. Default: token_refresh
	KeyPrefix string `json:"key_prefix,omitempty"`

	// How long one operation may take, at most 10s. Default: 250ms
	Timeout caddy.Duration `json:"timeout,omitempty"`

	prefix   string
	identity string
	timeout  time.Duration
	logger   *zap.Logger
	poolKey  string // set once the resource is ours to give back
	resource *resource
	state    *state
}

// CaddyModule returns the Caddy module information.
func (Store) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{
		ID:  "http.token_refresh.stores.redis",
		New: func() caddy.Module { return new(Store) },
	}
}

// resources are the connections, by digest of the settings they were made with.
var resources = caddy.NewUsagePool()

// Provision resolves the placeholders, refuses settings that contradict each
// other, and joins or makes the connections' holder. It opens no connection.
func (s *Store) Provision(ctx caddy.Context) error {
	s.logger, s.state = ctx.Logger(), newState()
	link, err := s.resolve()
	if err != nil {
		return err
	}
	s.identity = link.identity(s.prefix)
	key := link.digest()
	pooled, _, err := resources.LoadOrNew(key, func() (caddy.Destructor, error) {
		return newResource(link), nil
	})
	if err != nil {
		return err
	}
	s.poolKey, s.resource = key, pooled.(*resource)
	s.resource.attach(s)
	return nil
}

// Cleanup gives the connections back. The last one to do so closes them.
func (s *Store) Cleanup() error {
	if s.poolKey == "" {
		return nil
	}
	s.resource.detach(s)
	_, err := resources.Delete(s.poolKey)
	s.poolKey = ""
	return err
}

// Traits implements store.Store.
func (s *Store) Traits() store.Traits {
	return store.Traits{Kind: kind, Timeout: s.timeout}
}

const kind = "redis"

// Interface guards
var (
	_ store.Store           = (*Store)(nil)
	_ caddy.Provisioner     = (*Store)(nil)
	_ caddy.CleanerUpper    = (*Store)(nil)
	_ caddyfile.Unmarshaler = (*Store)(nil)
)
