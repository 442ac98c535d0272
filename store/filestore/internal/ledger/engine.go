// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"errors"
	"fmt"
	"runtime/debug"

	"github.com/ncruces/go-sqlite3"
)

const (
	createTables = `
CREATE TABLE log (sequence INTEGER PRIMARY KEY, value BLOB NOT NULL);
CREATE TABLE state (id INTEGER PRIMARY KEY, value BLOB NOT NULL);`

	// settings of a connection. The locking mode comes first: it keeps the index of
	// the write-ahead log in memory, which would otherwise be a third file. Temporary
	// tables are never on the disk. The store moves the log into the database once
	// the answers are out; SQLite must not do so in the middle of a commit.
	settings = `
PRAGMA locking_mode = EXCLUSIVE;
PRAGMA temp_store = MEMORY;
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
PRAGMA cell_size_check = ON;
PRAGMA wal_autocheckpoint = 0;`

	defaultCache = 16 << 10 // KiB

	stateSize = 44
)

// engine is a connection to the database. One goroutine uses it at a time.
type engine struct {
	conn                                   *sqlite3.Conn
	begin, commit, put, get, next, del, up *sqlite3.Stmt
}

// connect opens the database of a volume, or fails with what fault makes of it.
func connect(v *volume) (*engine, error) {
	e := new(engine)
	err := guard(func() (err error) {
		if e.conn, err = sqlite3.OpenFlags("file:"+uriPath(v.path)+"?vfs="+v.name, sqlite3.OPEN_READWRITE|sqlite3.OPEN_URI); err != nil {
			return err
		}
		// A broken database must not be written to when it is closed.
		if _, err = e.conn.Config(sqlite3.DBCONFIG_NO_CKPT_ON_CLOSE, true); err != nil {
			return err
		}
		cache := v.cache
		if cache == 0 {
			cache = defaultCache
		}
		return e.conn.Exec(settings + fmt.Sprintf("PRAGMA cache_size = -%d;", cache))
	})
	if err != nil {
		return nil, errors.Join(err, e.abandon())
	}
	return e, nil
}

// create makes the tables of a new database, with a checksum on each page.
func (e *engine) create(s state) error {
	return guard(func() error {
		if err := errors.Join(e.conn.EnableChecksums("main"), e.conn.Exec(createTables)); err != nil {
			return err
		}
		stmt, _, err := e.conn.Prepare(`INSERT INTO state VALUES (1, ?)`)
		if err != nil {
			return err
		}
		return errors.Join(stmt.BindBlob(1, s.encode()), stmt.Exec(), stmt.Close())
	})
}

// prepare readies the statements.
func (e *engine) prepare() error {
	return guard(func() (err error) {
		for _, s := range []struct {
			to  **sqlite3.Stmt
			sql string
		}{
			{&e.begin, `BEGIN`},
			{&e.commit, `COMMIT`},
			{&e.put, `INSERT INTO log VALUES (?, ?)`},
			{&e.get, `SELECT value FROM log WHERE sequence = ?`},
			{&e.next, `SELECT sequence, value FROM log WHERE sequence > ? ORDER BY sequence`},
			{&e.del, `DELETE FROM log WHERE sequence BETWEEN ? AND ?`},
			{&e.up, `UPDATE state SET value = ? WHERE id = 1`},
		} {
			if *s.to, _, err = e.conn.PrepareFlags(s.sql, sqlite3.PREPARE_PERSISTENT); err != nil {
				return err
			}
		}
		return nil
	})
}

// abandon closes the connection and leaves the files as they are.
func (e *engine) abandon() error {
	if e.conn == nil {
		return nil
	}
	return guard(func() error {
		e.finalize()
		return e.conn.Close()
	})
}

// finalize drops the statements, which would keep the connection open.
func (e *engine) finalize() {
	for _, s := range []*sqlite3.Stmt{e.begin, e.commit, e.put, e.get, e.next, e.del, e.up} {
		_ = s.Close() // it repeats the error of its last use
	}
}

// close moves the write-ahead log into the database, closes the connection and
// removes the log.
func (e *engine) close() error {
	return errors.Join(e.checkpoint(), guard(func() error {
		e.finalize()
		_, err := e.conn.Config(sqlite3.DBCONFIG_NO_CKPT_ON_CLOSE, false)
		return errors.Join(err, e.conn.Close())
	}))
}

// checkpoint moves the write-ahead log into the database and empties it.
func (e *engine) checkpoint() error { return e.move(sqlite3.CHECKPOINT_TRUNCATE) }

// drain moves the write-ahead log into the database. The log keeps its place on the
// disk for the next writes.
func (e *engine) drain() error { return e.move(sqlite3.CHECKPOINT_FULL) }

func (e *engine) move(mode sqlite3.CheckpointMode) error {
	return guard(func() error {
		inLog, moved, err := e.conn.WALCheckpoint("main", mode)
		if err == nil && inLog != moved {
			return fmt.Errorf("%w: of %d pages in its log %d could be moved", ErrDamaged, inLog, moved)
		}
		return err
	})
}

// hold begins a transaction, so that not every row that is read has one of its own.
// release ends it if nothing was written.
func (e *engine) hold() error { return guard(e.begin.Exec) }

func (e *engine) release() error {
	if e.conn.GetAutocommit() {
		return nil
	}
	return guard(e.commit.Exec)
}

// transact runs f in a transaction that ends with a new state.
func (e *engine) transact(f func() error, next func() state) error {
	return guard(func() error {
		if e.conn.GetAutocommit() {
			if err := e.begin.Exec(); err != nil {
				return err
			}
		}
		err := f()
		if err == nil {
			err = errors.Join(e.up.BindBlob(1, next().encode()), e.up.Exec())
		}
		if err == nil && e.conn.Changes() != 1 {
			err = fmt.Errorf("%w: its state is missing", ErrDamaged)
		}
		if err == nil {
			err = e.commit.Exec()
		}
		if err != nil && !e.conn.GetAutocommit() {
			err = errors.Join(err, e.conn.Exec(`ROLLBACK`))
		}
		return err
	})
}

// insert appends a row to the log. Only within transact.
func (e *engine) insert(sequence uint64, value []byte) error {
	return errors.Join(e.put.BindInt64(1, int64(sequence)), e.put.BindBlob(2, value), e.put.Exec())
}

// remove deletes the rows between two sequence numbers. It fails with ErrDamaged
// unless it deletes exactly that many. Only within transact.
func (e *engine) remove(from, to uint64, rows int64) error {
	err := errors.Join(e.del.BindInt64(1, int64(from)), e.del.BindInt64(2, int64(to)), e.del.Exec())
	if err == nil && e.conn.Changes() != rows {
		return fmt.Errorf("%w: %d records are missing", ErrDamaged, rows-e.conn.Changes())
	}
	return err
}

// row calls f with a row of the log, whose value is valid until f returns. If there
// is no such row, f is not called.
func (e *engine) row(sequence uint64, f func(value []byte) error) error {
	err := e.get.BindInt64(1, int64(sequence))
	if err == nil && e.get.Step() {
		err = f(e.get.ColumnRawBlob(0))
	}
	return errors.Join(err, e.get.Err(), e.get.Reset())
}

// walk calls f with the rows after a sequence number until f returns false.
func (e *engine) walk(behind uint64, f func(sequence uint64, value []byte) (bool, error)) error {
	err := e.next.BindInt64(1, int64(behind))
	for more := true; err == nil && more && e.next.Step(); {
		more, err = f(uint64(e.next.ColumnInt64(0)), e.next.ColumnRawBlob(1))
	}
	return errors.Join(err, e.next.Err(), e.next.Reset())
}

// guard turns a panic of the database into ErrDamaged: SQLite is a C library, and a
// page that is damaged in an unforeseen way can make it fail in its own memory.
func guard(f func() error) (err error) {
	old := debug.SetPanicOnFault(true)
	defer func() {
		debug.SetPanicOnFault(old)
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: %v", ErrDamaged, p)
		}
	}()
	return f()
}
