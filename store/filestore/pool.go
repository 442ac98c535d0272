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

// take returns the file at an absolute path. Each success needs one giveBack. A file
// that could not be used any more gets another chance.
func take(path string) (*ledger.File, error) {
	p, loaded, err := files.LoadOrNew(path, func() (caddy.Destructor, error) {
		file, err := ledger.NewFile(path, ledger.Options{}, func(message string, err error) {
			log := caddy.Log().Named(moduleID).With(zap.String("path", path))
			if err != nil {
				log.Error(message, zap.Error(err))
				return
			}
			log.Warn(message)
		})
		if err != nil {
			return nil, err
		}
		return pooled{file}, nil
	})
	if err != nil {
		return nil, err
	}
	file := p.(pooled).File
	if loaded {
		file.Renew()
	}
	return file, nil
}

func giveBack(path string) error {
	_, err := files.Delete(path)
	return err
}
