package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

// unit is what a figure counts.
type unit string

const (
	seconds unit = "s"
	bytes   unit = "B"
	times   unit = "×"
	number  unit = ""
)

// figure is one thing measured, once.
type figure struct {
	Row, System, Name string
	At                int // how many there were, where it is measured for several numbers
	Unit              unit
	Value             float64
}

// figures are told as they come, to a person or, as JSON, to the bench that has
// this one measure in Wine, and kept.
type figures struct {
	to      io.Writer
	machine bool
	all     []figure
}

func (f *figures) add(g figure) error {
	f.all = append(f.all, g)
	if f.machine {
		return json.NewEncoder(f.to).Encode(g)
	}
	_, err := fmt.Fprintf(f.to, "%-20s %-46s %12s\n", g.System, g.label(), written(g.Value, g.Unit))
	return err
}

func (g figure) label() string {
	if g.At == 0 {
		return g.Name
	}
	return g.Name + ", " + thousands(g.At)
}

// tell adds a figure of the row that is being measured.
func (b bench) tell(name string, value float64, of unit) error {
	return b.tellAt(name, 0, value, of)
}

// tellAt is tell for what was measured for several numbers of something.
func (b bench) tellAt(name string, at int, value float64, of unit) error {
	return b.figures.add(figure{b.row, b.system, name, at, of, value})
}

// written is a value as people read it, three digits or so of it.
func written(v float64, of unit) string {
	switch {
	case of == bytes && v < 1e6:
		return fmt.Sprintf("%.0f kB", v/1e3)
	case of == bytes:
		return fmt.Sprintf("%.1f MB", v/1e6)
	case of == times:
		return fmt.Sprintf("%.2f×", v)
	case of == number:
		return thousands(int(v + .5))
	case v < 0:
		return "-" + written(-v, of)
	case v < 1e-3:
		return fmt.Sprintf("%.0f µs", v*1e6)
	case v < 10e-3:
		return fmt.Sprintf("%.2f ms", v*1e3)
	case v < 1:
		return fmt.Sprintf("%.1f ms", v*1e3)
	}
	return fmt.Sprintf("%.2f s", v)
}

// thousands writes a number with commas.
func thousands(n int) string {
	return message.NewPrinter(language.English).Sprint(n)
}

// spread is one thing measured in several runs.
type spread struct {
	figure // of the first run
	values []float64
}

// spreads puts together what several runs have measured, in the order of the first.
func spreads(all []figure) []*spread {
	var in []*spread
	of := map[string]*spread{}
	for _, g := range all {
		key := strings.Join([]string{g.Row, g.System, g.label()}, "\x00")
		if of[key] == nil {
			of[key] = &spread{figure: g}
			in = append(in, of[key])
		}
		of[key].values = append(of[key].values, g.Value)
	}
	return in
}

func (s *spread) median() float64 {
	sorted := slices.Sorted(slices.Values(s.values))
	middle := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[middle]
	}
	return (sorted[middle-1] + sorted[middle]) / 2
}

func (s *spread) least() float64 { return slices.Min(s.values) }
func (s *spread) most() float64  { return slices.Max(s.values) }

// span is the least and the most.
func (s *spread) span() string {
	least, most := written(s.least(), s.Unit), written(s.most(), s.Unit)
	if least == most {
		return least
	}
	return least + " – " + most
}

func (s sample) seconds(q float64) float64 { return s.quantile(q).Seconds() }

// each is how long one of n took.
func each(took time.Duration, n int) float64 { return took.Seconds() / float64(n) }
