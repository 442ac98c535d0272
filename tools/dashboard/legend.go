// SPDX-License-Identifier: Apache-2.0

package main

import (
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	vgdraw "gonum.org/v1/plot/vg/draw"
)

const legendLine = 11 // height of a row of the legend

// legend writes the legend at the bottom, as many names to a row as fit, and returns the
// number of rows.
func (p *panel) legend(c vgdraw.Canvas) (rows int) {
	style := plot.New().Legend.TextStyle
	style.Font.Size, style.Color = 8, ink
	type entry struct {
		x   vg.Length
		row int
	}
	entries := make([]entry, len(p.Lines))
	left := c.Min.X + 4
	x, row := left, 0
	for i, l := range p.Lines {
		wide := 1.15*style.Width(l.Legend) + 20 // other fonts are wider
		if x+wide > c.Max.X && x > left {
			x, row = left, row+1
		}
		entries[i] = entry{x, row}
		x += wide
	}
	for i, e := range entries {
		y := c.Min.Y + vg.Length((row-e.row)*legendLine) + 1
		c.StrokeLine2(vgdraw.LineStyle{Color: colour(i), Width: 2.5}, e.x, y+3, e.x+9, y+3)
		c.FillText(style, vg.Point{X: e.x + 12, Y: y}, p.Lines[i].Legend)
	}
	return row + 1
}
