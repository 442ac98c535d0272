// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package hunt

import (
	"bytes"
	"crypto/tls"
	"errors"
	"strings"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// http2Gun writes frames, since a client refuses most of the targets.
type http2Gun struct {
	addr   string
	conn   *tls.Conn
	framer *http2.Framer
	stream uint32
	block  bytes.Buffer
	enc    *hpack.Encoder
}

func (g *http2Gun) close() { g.conn.Close() }

func (g *http2Gun) dial() error {
	conn, err := tls.Dial("tcp", g.addr, tlsConfig("h2"))
	if err != nil {
		return err
	}
	g.conn, g.framer, g.stream = conn, http2.NewFramer(conn, conn), 1
	g.block.Reset()
	g.enc = hpack.NewEncoder(&g.block)
	if _, err := conn.Write([]byte(http2.ClientPreface)); err != nil {
		return err
	}
	return g.framer.WriteSettings()
}

// fields are the header fields of a shot in HTTP/2 and 3.
func (s shot) fields() [][2]string {
	fields := [][2]string{
		{":method", s.method},
		{":scheme", "https"},
		{":authority", "localhost"},
		{":path", s.target},
		{"content-length", "2"},
		{"x-hunt", s.id},
	}
	if s.name != "" {
		fields = append(fields, [2]string{strings.ToLower(s.name), s.value})
	}
	return fields
}

func (g *http2Gun) fire(s shot) (open bool, err error) {
	if err := g.conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return false, err
	}
	g.block.Reset()
	for _, field := range s.fields() {
		if err := g.enc.WriteField(hpack.HeaderField{Name: field[0], Value: field[1]}); err != nil {
			return false, err
		}
	}
	stream := g.stream
	g.stream += 2
	head := http2.HeadersFrameParam{StreamID: stream, BlockFragment: g.block.Bytes(), EndHeaders: true}
	if err := g.framer.WriteHeaders(head); err != nil {
		return false, err
	}
	if err := g.framer.WriteData(stream, true, []byte("{}")); err != nil {
		return false, err
	}
	for {
		frame, err := g.framer.ReadFrame()
		if err != nil {
			return false, err
		}
		// An answer that came before the body is followed by a reset, which is
		// read with the next stream.
		current := frame.Header().StreamID == stream
		switch frame := frame.(type) {
		case *http2.SettingsFrame:
			if !frame.IsAck() {
				err = g.framer.WriteSettingsAck()
			}
		case *http2.PingFrame:
			if !frame.IsAck() {
				err = g.framer.WritePing(true, frame.Data)
			}
		case *http2.GoAwayFrame:
			return false, errors.New("the edge closes the connection")
		case *http2.RSTStreamFrame:
			if current {
				return true, nil
			}
		case *http2.DataFrame:
			if n := len(frame.Data()); n > 0 {
				err = g.framer.WriteWindowUpdate(0, uint32(n))
			}
			if current && frame.StreamEnded() {
				return err == nil, err
			}
		case *http2.HeadersFrame:
			if current && frame.StreamEnded() {
				return true, nil
			}
		}
		if err != nil {
			return false, err
		}
	}
}
