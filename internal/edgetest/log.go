// SPDX-License-Identifier: Apache-2.0

package edgetest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/caddyserver/caddy/v2"
)

// logPatience is how long WaitLog waits. An access log line is written after
// its answer was sent, so a client can be faster than the log.
const logPatience = time.Minute

// Entry is one line of the log, as Caddy's JSON encoder writes it.
type Entry map[string]any

// Text returns the text at name, such as "level", "logger" or "msg"; for a nested
// one give its names in order. It is empty where there is none.
func (e Entry) Text(path ...string) string {
	var at any = map[string]any(e)
	for _, name := range path {
		m, _ := at.(map[string]any)
		at = m[name]
	}
	text, _ := at.(string)
	return text
}

// Logs returns every line of the log so far that is JSON.
func (e *Edge) Logs() []Entry {
	e.t.Helper()
	var entries []Entry
	for line := range strings.Lines(e.LogText()) {
		var entry Entry
		if json.Unmarshal([]byte(line), &entry) == nil {
			entries = append(entries, entry)
		}
	}
	return entries
}

// LogText returns the log so far as it was written: what to search for a secret
// that must not be there.
func (e *Edge) LogText() string {
	e.log.mu.Lock()
	defer e.log.mu.Unlock()
	return e.log.text.String()
}

// WaitLog returns the first line of the log that match likes, waiting for it if
// need be. If none comes the test fails.
func (e *Edge) WaitLog(match func(Entry) bool) Entry {
	e.t.Helper()
	deadline := time.After(logPatience)
	for {
		written := e.log.next()
		for _, entry := range e.Logs() {
			if match(entry) {
				return entry
			}
		}
		select {
		case <-written:
		case <-deadline:
			e.t.Fatalf("no such line in the log:\n%s", e.LogText())
		}
	}
}

// memoryLog is a log that stays in memory.
type memoryLog struct {
	mu      sync.Mutex
	text    bytes.Buffer
	written chan struct{} // closed by the next write
}

func newMemoryLog() *memoryLog {
	return &memoryLog{written: make(chan struct{})}
}

// next returns a channel that the next write closes.
func (l *memoryLog) next() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.written
}

// Write implements io.Writer.
func (l *memoryLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	close(l.written)
	l.written = make(chan struct{})
	return l.text.Write(p)
}

// Close implements io.Closer. The text outlives the logger that wrote it.
func (*memoryLog) Close() error { return nil }

// memoryOutput is the name of the log writer that fills current.
const memoryOutput = "edgetest"

// current is the log of the edge that runs.
var current atomic.Pointer[memoryLog]

func init() { caddy.RegisterModule(memoryWriter{}) }

// memoryWriter is the Caddy module that writes to current.
type memoryWriter struct{}

// CaddyModule returns the Caddy module information.
func (memoryWriter) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{
		ID:  "caddy.logging.writers." + memoryOutput,
		New: func() caddy.Module { return new(memoryWriter) },
	}
}

func (memoryWriter) String() string { return memoryOutput }

// WriterKey tells the log of one edge from that of the next one:
// Caddy pools log writers by this key, also past the end of a configuration.
func (memoryWriter) WriterKey() string { return fmt.Sprintf("%s %p", memoryOutput, current.Load()) }

// OpenWriter returns the log of the edge that is being started.
func (memoryWriter) OpenWriter() (io.WriteCloser, error) { return current.Load(), nil }

// Interface guard
var _ caddy.WriterOpener = memoryWriter{}
