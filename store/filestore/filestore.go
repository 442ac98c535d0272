// SPDX-License-Identifier: Apache-2.0

// Package filestore is the embedded store of spent tokens: one file on this
// machine, durable before every answer. It is the default. Only one edge can use
// the file: more than one edge needs the redis or the django store.
package filestore

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/caddyserver/caddy/v2"

	"github.com/caddyrefresh/caddyrefresh/store"
	"github.com/caddyrefresh/caddyrefresh/store/filestore/internal/ledger"
	"github.com/caddyrefresh/caddyrefresh/store/setting"
)

func init() {
	caddy.RegisterModule(Store{})
}

const moduleID = "http.token_refresh.stores.file"

// Store remembers spent tokens in one file on this machine. It answers only after
// a write is on the disk. All sites that name the same file share it, also across
// reloads. Only one process can open it: several edges need the redis or the django
// store.
//
// The store reads the file in the background. Requests get 503 until that is done,
// while another process holds the file, and once it is damaged, moved or replaced. A
// file that is not a token store, is empty, has a damaged header or cannot be written
// is an error at load. The first request that needs the file creates it; a warning
// then says that tokens spent before are unknown.
//
// With ten million sessions the file takes about 900 MB, twice that while they
// rotate, and 270 MB of memory; reading it takes some ten seconds.
type Store struct {
	// The path of the file. A relative path starts at the working directory. The
	// store creates the directory with mode 0700 and the file with 0600. Default:
	// token_refresh/tokens.db in Caddy's data directory
	Path string `json:"path,omitempty"`

	// How long a request waits for the file, at most 10s. Default: 250ms
	Timeout caddy.Duration `json:"timeout,omitempty"`

	key    string // in the pool, once it is taken from there
	file   *ledger.File
	traits store.Traits
}

// CaddyModule returns the Caddy module information.
func (Store) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{
		ID:  moduleID,
		New: func() caddy.Module { return new(Store) },
	}
}

// Provision takes the file from the pool, or opens it.
func (s *Store) Provision(caddy.Context) error {
	path, err := s.resolve()
	if err != nil {
		return err
	}
	timeout, err := setting.ResolveTimeout("store file", s.Timeout)
	if err != nil {
		return err
	}
	s.traits = store.Traits{Kind: ledger.Kind, Timeout: timeout}
	file, err := take(path)
	if err != nil {
		return fmt.Errorf("opening token store %s: %w", path, err)
	}
	s.key, s.file = path, file
	return nil
}

// resolve returns the absolute path of the file.
func (s *Store) resolve() (string, error) {
	if s.Path == "" {
		return canonical(filepath.Join(caddy.AppDataDir(), "token_refresh", "tokens.db"))
	}
	path, err := setting.Resolve("store file: path", s.Path)
	if err != nil {
		return "", err
	}
	return canonical(path)
}

// canonical makes a path absolute and follows its links, as far as the path exists:
// two names of one file must be one key of the pool, or the second one would wait for
// the lock of the first.
func canonical(path string) (string, error) {
	path, err := caddy.FastAbs(path)
	if err != nil {
		return "", err
	}
	rest := ""
	for dir := path; ; dir = filepath.Dir(dir) {
		if real, err := filepath.EvalSymlinks(dir); err == nil {
			return filepath.Join(real, rest), nil
		}
		if dir == filepath.Dir(dir) {
			return path, nil
		}
		rest = filepath.Join(filepath.Base(dir), rest)
	}
}

// Cleanup gives the file back. The last one closes it.
func (s *Store) Cleanup() error {
	if s.key == "" {
		return nil // Provision failed
	}
	return giveBack(s.key)
}

// Traits implements store.Store.
func (s *Store) Traits() store.Traits { return s.traits }

// Check implements store.Store.
func (s *Store) Check(ctx context.Context, c *store.Check) (store.Answer, error) {
	return s.file.Check(ctx, c)
}

// Spend implements store.Store.
func (s *Store) Spend(ctx context.Context, sp *store.Spend) (store.Answer, error) {
	return s.file.Spend(ctx, sp)
}

// Revoke implements store.Store.
func (s *Store) Revoke(ctx context.Context, r *store.Revocation) (store.RevokeAnswer, error) {
	return s.file.Revoke(ctx, r)
}

// CutOff implements store.Store.
func (s *Store) CutOff(ctx context.Context, c *store.CutOff) (store.CutOffAnswer, error) {
	return s.file.CutOff(ctx, c)
}

// Status implements store.Store.
func (s *Store) Status(ctx context.Context) store.Status { return s.file.Status(ctx) }

// Interface guards
var (
	_ caddy.Provisioner  = (*Store)(nil)
	_ caddy.CleanerUpper = (*Store)(nil)
	_ store.Store        = (*Store)(nil)
)
