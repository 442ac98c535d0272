// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package hunt

import (
	"bytes"
	"context"
	"io"

	"github.com/quic-go/qpack"
	"github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/quicvarint"
)

// http3Gun writes frames (RFC 9114 section 7.2), likewise.
type http3Gun struct {
	ctx  context.Context
	addr string
	conn *quic.Conn
}

const (
	frameData     = 0x0
	frameHeaders  = 0x1
	frameSettings = 0x4
	streamControl = 0x0
)

func (g *http3Gun) close() { _ = g.conn.CloseWithError(0x100, "") } // H3_NO_ERROR

func (g *http3Gun) dial() error {
	conn, err := quic.DialAddr(g.ctx, g.addr, tlsConfig("h3"), nil)
	if err != nil {
		return err
	}
	g.conn = conn
	control, err := conn.OpenUniStream()
	if err != nil {
		return err
	}
	_, err = control.Write([]byte{streamControl, frameSettings, 0})
	return err
}

func (g *http3Gun) fire(s shot) (open bool, err error) {
	ctx, cancel := context.WithTimeout(g.ctx, patience)
	defer cancel()
	stream, err := g.conn.OpenStreamSync(ctx)
	if err != nil {
		return false, err
	}
	var block bytes.Buffer
	enc := qpack.NewEncoder(&block)
	for _, field := range s.fields() {
		if err := enc.WriteField(qpack.HeaderField{Name: field[0], Value: field[1]}); err != nil {
			return false, err
		}
	}
	message := quicvarint.Append(nil, frameHeaders)
	message = quicvarint.Append(message, uint64(block.Len()))
	message = append(message, block.Bytes()...)
	message = append(message, frameData, 2, '{', '}')
	if _, err := stream.Write(message); err != nil {
		return false, err
	}
	if err := stream.Close(); err != nil {
		return false, err
	}
	deadline, _ := ctx.Deadline()
	if err := stream.SetReadDeadline(deadline); err != nil {
		return false, err
	}
	_, err = io.Copy(io.Discard, stream)
	return g.conn.Context().Err() == nil, err // a stream may be reset
}
