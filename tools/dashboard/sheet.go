// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"image/color"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
	vgdraw "gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"
)

// The sheet, in points.
const (
	columns = 3
	width   = 360
	height  = 190
	gap     = 10
)

var (
	paper = color.Gray{0xf4}
	card  = color.White
	ink   = color.Gray{0x22}
	faint = color.Gray{0xdd}
)

// sheet draws panels in rows of three, all over the same time.
func sheet(panels []panel) ([]byte, error) {
	plot.DefaultFont = font.Font{Typeface: "Liberation", Variant: "Sans"}
	rows := (len(panels) + columns - 1) / columns
	w, h := vg.Length(columns*(width+gap)+gap), vg.Length(rows*(height+gap)+gap)
	svg := vgsvg.NewWith(vgsvg.UseWH(w, h))
	fill(vgdraw.New(svg), paper)
	seconds := last(panels)
	for i, of := range panels {
		left := vg.Length(gap + i%columns*(width+gap))
		top := h - vg.Length(gap+i/columns*(height+gap))
		at := vgdraw.Canvas{Canvas: svg, Rectangle: vg.Rectangle{Min: vg.Point{X: left, Y: top - height}, Max: vg.Point{X: left + width, Y: top}}}
		fill(at, card)
		if err := of.draw(vgdraw.Crop(at, 8, -16, 6, -8), seconds); err != nil {
			return nil, err
		}
	}
	var text bytes.Buffer
	if _, err := svg.WriteTo(&text); err != nil {
		return nil, err
	}
	// Arial has the same widths, for readers without Liberation.
	return bytes.ReplaceAll(text.Bytes(), []byte("font-family:Liberation Sans;font-variant:normal;font-weight:normal;font-style:normal;"),
		[]byte("font-family:Liberation Sans,Arial,Helvetica,sans-serif;")), nil
}

// last is the time of the last point.
func last(panels []panel) (seconds float64) {
	for _, p := range panels {
		for _, l := range p.Lines {
			for _, at := range l.Points {
				seconds = max(seconds, at[0])
			}
		}
	}
	return seconds
}

func fill(c vgdraw.Canvas, with color.Color) {
	c.FillPolygon(with, []vg.Point{c.Min, {X: c.Min.X, Y: c.Max.Y}, c.Max, {X: c.Max.X, Y: c.Min.Y}})
}
