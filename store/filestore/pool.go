// SPDX-License-Identifier: Apache-2.0

package filestore

import (
	"github.com/caddyserver/caddy/v2"
	"go.uber.org/zap"

	"github.com/caddyrefresh/caddyrefresh/store/filestore/internal/ledger"
)

// files holds the open files by absolute path, across sites and reloads: the
// lock is exclusive, so nothing else may be part of the key.
var files = caddy.NewUsagePool()

// pooled closes its file when the last user is gone.
type pooled struct{ *ledger.File }

// Destruct implements caddy.Destructor.
func (p pooled) Destruct() error { return p.Close() }

// take returns the file at an absolute path. Each success wants one giveBack.
func take(path string) (*ledger.File, error) {
	p, _, err := files.LoadOrNew(path, func() (caddy.Destructor, error) {
		file, err := ledger.NewFile(path, ledger.Options{}, func() {
			caddy.Log().Named(moduleID).Warn("token store is new; tokens spent before now are unknown here", zap.String("path", path))
		})
		if err != nil {
			return nil, err
		}
		return pooled{file}, nil
	})
	if err != nil {
		return nil, err
	}
	return p.(pooled).File, nil
}

func giveBack(path string) error {
	_, err := files.Delete(path)
	return err
}
