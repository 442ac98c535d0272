// SPDX-License-Identifier: Apache-2.0

package djangostore

import (
	"context"
	"database/sql"
	"time"
)

const (
	// connectTimeout bounds the making of one connection, logging in included.
	connectTimeout = 5 * time.Second

	// An idle connection is closed after idleTime, and every connection after a
	// longer time, so that a pool recovers after a failover.
	idleTime = 5 * time.Minute
	lifeTime = 30 * time.Minute
)

// pool is what sites and reloads with the same connection settings share.
type pool struct {
	engine engine
	db     *sql.DB
	cancel context.CancelFunc
}

func newPool(l *link) (*pool, error) {
	connector, err := l.engine.connector()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	db := sql.OpenDB(newPatient(ctx, connector, l.maxConnections))
	db.SetMaxOpenConns(l.maxConnections)
	db.SetMaxIdleConns(l.maxConnections)
	db.SetConnMaxIdleTime(idleTime)
	db.SetConnMaxLifetime(lifeTime)
	return &pool{engine: l.engine, db: db, cancel: cancel}, nil
}

// Destruct implements caddy.Destructor: it closes everything. Operations under way
// fail or end by their own timeout.
func (p *pool) Destruct() error {
	p.cancel()
	return p.db.Close()
}
