// SPDX-License-Identifier: Apache-2.0

package main

import (
	"image/color"
	"slices"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	vgdraw "gonum.org/v1/plot/vg/draw"
)

// The colours of Okabe and Ito, which the colour-blind can tell apart, and more for
// panels with many lines.
var colours = []color.Color{
	rgb(0x0072b2), rgb(0xe69f00), rgb(0x009e73), rgb(0xcc79a7), rgb(0xd55e00), rgb(0x56b4e9),
	rgb(0x7a5195), rgb(0x8a8a00), rgb(0x444444), rgb(0x9c6b3f), rgb(0x3b7d4f), rgb(0xb03060),
}

func rgb(v uint32) color.Color {
	return color.RGBA{uint8(v >> 16), uint8(v >> 8), uint8(v), 0xff}
}

func colour(line int) color.Color { return colours[line%len(colours)] }

// draw draws the panel: its title, its lines and below them the legend.
func (p *panel) draw(c vgdraw.Canvas, seconds float64) error {
	shown := plot.New()
	shown.Title.Text = p.Title
	shown.Title.TextStyle.Font.Size = 11
	shown.Title.TextStyle.Color = ink
	shown.Title.Padding = 6
	shown.BackgroundColor = nil
	for _, axis := range []*plot.Axis{&shown.X, &shown.Y} {
		axis.LineStyle.Width, axis.Tick.LineStyle.Width, axis.Tick.Length = 0, 0, 0
		axis.Tick.Label.Font.Size = 8
		axis.Tick.Label.Color = ink
		axis.Padding = 3
	}
	grid := plotter.NewGrid()
	grid.Vertical.Color, grid.Horizontal.Color = faint, faint
	shown.Add(grid)
	var err error
	if p.Stacked {
		err = p.stack(shown, seconds)
	} else {
		err = p.plot(shown)
	}
	if err != nil {
		return err
	}
	shown.X.Min, shown.X.Max = 0, seconds
	// Zero is always there, and some room above the largest value.
	shown.Y.Min, shown.Y.Max = 1.08*min(0, shown.Y.Min), 1.08*max(0, shown.Y.Max)
	if shown.Y.Min == shown.Y.Max {
		shown.Y.Max = 1
	}
	shown.X.Tick.Marker = ticks{[]float64{1, 2, 5, 10, 20, 30, 60, 120}, clock}
	shown.Y.Tick.Marker = ticks{steps(shown.Y.Max - shown.Y.Min), func(v float64) string { return inUnit(v, p.Unit) }}
	rows := p.legend(c)
	shown.Draw(vgdraw.Crop(c, 0, 0, vg.Length(rows*legendLine+4), 0))
	return nil
}

// longest is how many seconds may lie between two points of a line. Where it has none for
// longer, there was nothing to show.
const longest = 12

// plot adds the lines, each in as many pieces as it has.
func (p *panel) plot(shown *plot.Plot) error {
	for i, l := range p.Lines {
		var piece plotter.XYs
		finish := func() error {
			if len(piece) == 0 {
				return nil
			}
			drawn, err := plotter.NewLine(piece)
			if err != nil {
				return err
			}
			drawn.Width, drawn.Color = 1.2, colour(i)
			if strings.HasSuffix(l.Legend, "before") {
				drawn.Dashes = []vg.Length{3, 2}
			}
			shown.Add(drawn)
			piece = nil
			return nil
		}
		for _, at := range l.Points {
			if len(piece) > 0 && at[0]-piece[len(piece)-1].X > longest {
				if err := finish(); err != nil {
					return err
				}
			}
			if int(at[0])%every == 0 {
				piece = append(piece, plotter.XY{X: at[0], Y: at[1]})
			}
		}
		if err := finish(); err != nil {
			return err
		}
	}
	return nil
}

// every is how many seconds a point of the picture stands for: a panel is not much wider.
const every = 3

// stack adds the lines as areas that lie on one another. The topmost comes first, since
// each area reaches down to zero.
func (p *panel) stack(shown *plot.Plot, seconds float64) error {
	sums := make([]plotter.XYs, len(p.Lines))
	below := make([]float64, int(seconds)/every+1)
	for i, l := range p.Lines {
		for _, at := range l.Points {
			if slot := int(at[0]); slot%every == 0 {
				below[slot/every] += at[1]
			}
		}
		for slot, sum := range below {
			sums[i] = append(sums[i], plotter.XY{X: float64(slot * every), Y: sum})
		}
	}
	for i, sum := range slices.Backward(sums) {
		area, err := plotter.NewLine(sum)
		if err != nil {
			return err
		}
		area.Width, area.FillColor = 0, colour(i)
		shown.Add(area)
	}
	return nil
}
