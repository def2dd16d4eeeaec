package main

import (
	"image"
	"image/color"
	"math"
)

// bells draws the icon in the sizes that Windows shows it in.
func bells() []image.Image {
	var drawn []image.Image
	for _, size := range []int{16, 20, 24, 32, 40, 48, 64, 256} {
		drawn = append(drawn, bell(size))
	}
	return drawn
}

// part is a piece of the bell in one colour: a shape in a square of side 1.
type part struct {
	colour color.NRGBA
	inside func(x, y float64) bool
}

// parts is a desk bell from the side, from back to front: knob and stem,
// dome, its gleam, foot.
var parts = []part{
	{color.NRGBA{0x8a, 0x5a, 0x00, 0xff}, func(x, y float64) bool { return between(x, 0.46, 0.54) && between(y, 0.16, 0.34) }},
	{color.NRGBA{0x5b, 0x3c, 0x00, 0xff}, func(x, y float64) bool { return math.Hypot((x-0.5)/0.11, (y-0.15)/0.07) <= 1 }},
	{color.NRGBA{0xf2, 0xb0, 0x1e, 0xff}, func(x, y float64) bool { return y <= 0.74 && math.Hypot((x-0.5)/0.40, (y-0.74)/0.46) <= 1 }},
	{color.NRGBA{0xff, 0xdf, 0x8a, 0xff}, func(x, y float64) bool {
		r := math.Hypot((x-0.5)/0.40, (y-0.74)/0.46)
		return between(r, 0.66, 0.82) && x < 0.40 && between(y, 0.36, 0.66)
	}},
	{color.NRGBA{0x5b, 0x3c, 0x00, 0xff}, func(x, y float64) bool { return between(x, 0.05, 0.95) && between(y, 0.78, 0.90) }},
}

func between(v, low, high float64) bool { return v >= low && v <= high }

// bell draws the bell, smooth by several samples a pixel.
func bell(size int) image.Image {
	const samples = 4
	drawn := image.NewNRGBA(image.Rect(0, 0, size, size))
	for py := range size {
		for px := range size {
			var red, green, blue, hits int
			for s := range samples * samples {
				x := (float64(px) + (float64(s%samples)+0.5)/samples) / float64(size)
				y := (float64(py) + (float64(s/samples)+0.5)/samples) / float64(size)
				if c, ok := colourAt(x, y); ok {
					red, green, blue, hits = red+int(c.R), green+int(c.G), blue+int(c.B), hits+1
				}
			}
			if hits > 0 {
				drawn.SetNRGBA(px, py, color.NRGBA{
					uint8(red / hits), uint8(green / hits), uint8(blue / hits),
					uint8(hits * 0xff / (samples * samples)),
				})
			}
		}
	}
	return drawn
}

// colourAt is the colour of the foremost part there.
func colourAt(x, y float64) (color.NRGBA, bool) {
	for i := len(parts) - 1; i >= 0; i-- {
		if parts[i].inside(x, y) {
			return parts[i].colour, true
		}
	}
	return color.NRGBA{}, false
}
