package main

import (
	"fmt"
	"html"
	"math"
	"strings"
)

// The plot is as wide and as high as this, with room for the axes on the left and
// below and for the names of the lines on the right, all in pixels.
const (
	plotWidth, plotHeight    = 900, 420
	leftRoom, belowRoom      = 70, 50
	rightRoom, aboveRoom     = 270, 20
	mostAcross               = 100_000
	leastSeconds, mostSecond = 1e-4, 1e-1
)

var colours = []string{"#1b6ac9", "#c9541b", "#2d8a3e", "#8a2d86", "#6b6b6b"}

// plot draws, in SVG, what one message costs by how many there are: each series
// that was measured at several numbers and in seconds, its medians joined by a
// line, and the least and the most of the runs at each. Both axes are logarithmic.
func plot(all []*spread) []byte {
	var p strings.Builder
	fmt.Fprintf(&p, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="13">`+"\n", plotWidth, plotHeight)
	fmt.Fprintf(&p, `<title>What a message costs by how many there are</title>`+"\n"+`<rect width="%d" height="%d" fill="white"/>`+"\n", plotWidth, plotHeight)
	axes(&p)
	var names []string
	points := map[string][]*spread{}
	for _, s := range all {
		name := s.Row + ", " + s.System
		if s.At == 0 || s.Unit != seconds || s.Name != costOf[s.Row] {
			continue
		}
		if points[name] == nil {
			names = append(names, name)
		}
		points[name] = append(points[name], s)
	}
	for i, name := range names {
		colour := colours[i%len(colours)]
		var line []string
		for _, s := range points[name] {
			x, y := across(s.At), up(s.median())
			line = append(line, fmt.Sprintf("%.1f,%.1f", x, y))
			fmt.Fprintf(&p, `<path d="M%.1f %.1fV%.1f" stroke="%s"/><circle cx="%.1f" cy="%.1f" r="3" fill="%s"/>`+"\n", x, up(s.least()), up(s.most()), colour, x, y, colour)
		}
		fmt.Fprintf(&p, `<polyline points="%s" fill="none" stroke="%s" stroke-width="2"/>`+"\n", strings.Join(line, " "), colour)
		fmt.Fprintf(&p, `<text x="%d" y="%d" fill="%s">%s</text>`+"\n", plotWidth-rightRoom+15, aboveRoom+15+20*i, colour, html.EscapeString(name))
	}
	p.WriteString("</svg>\n")
	return []byte(p.String())
}

// What one message costs.
const (
	eachAnswered = "each answered"
	eachMessage  = "each message"
	oneQuestion  = "a question, p50"
)

// costOf is which figure of a row is the cost of one message.
var costOf = map[string]string{"pending": eachAnswered, "senders": eachMessage, "monitors": oneQuestion}

func axes(p *strings.Builder) {
	for n := 1; n <= mostAcross; n *= 10 {
		x := across(n)
		fmt.Fprintf(p, `<path d="M%.1f %dV%d" stroke="#ddd"/><text x="%.1f" y="%d" text-anchor="middle">%s</text>`+"\n", x, aboveRoom, plotHeight-belowRoom, x, plotHeight-belowRoom+18, thousands(n))
	}
	for s := leastSeconds; s < mostSecond*1.01; s *= 10 {
		y := up(s)
		fmt.Fprintf(p, `<path d="M%d %.1fH%d" stroke="#ddd"/><text x="%d" y="%.1f" text-anchor="end">%s</text>`+"\n", leftRoom, y, plotWidth-rightRoom, leftRoom-8, y+4, written(s, seconds))
	}
	fmt.Fprintf(p, `<text x="%d" y="%d" text-anchor="middle">messages that have piled up, senders, or monitors</text>`+"\n", (leftRoom+plotWidth-rightRoom)/2, plotHeight-10)
}

// across is where a number is on the axis to the right.
func across(n int) float64 {
	return leftRoom + math.Log10(float64(n))/math.Log10(mostAcross)*(plotWidth-leftRoom-rightRoom)
}

// up is where a time is on the axis up, within it.
func up(s float64) float64 {
	part := math.Log10(s/leastSeconds) / math.Log10(mostSecond/leastSeconds)
	return plotHeight - belowRoom - min(max(part, 0), 1)*(plotHeight-belowRoom-aboveRoom)
}
