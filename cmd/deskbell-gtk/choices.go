//go:build linux

package main

import (
	"slices"

	"github.com/deskbell/deskbell/cmd/deskbell-gtk/internal/gtk"
	"github.com/deskbell/deskbell/internal/dialog"
)

// mostLines of a caption are shown; the list scrolls.
const mostLines = 10

// choices are the items of a list, one or several of which are taken.
type choices struct {
	g        *gtk.Library
	frame    gtk.Widget
	box      gtk.Widget
	multiple bool
	items    []dialog.Choice
	ticks    []gtk.Widget // one for each item
}

func newChoices(g *gtk.Library, q dialog.Question, most int32) *choices {
	c := &choices{g: g, multiple: q.Multiple, box: g.Box(gtk.Vertical, 4)}
	c.frame = g.Scrolled(c.box, most)
	g.Focusable(c.frame, false)
	g.AtLeast(c.frame, min(int32(len(q.Choices)), 3)*24)
	c.build(q.Choices)
	return c
}

func (c *choices) build(items []dialog.Choice) {
	c.items, c.ticks = items, nil
	var group gtk.Widget
	chosen := false
	for _, item := range items {
		var tick gtk.Widget
		if c.multiple {
			tick = c.g.Check(item.Caption, mostLines)
		} else {
			tick = c.g.Radio(group, item.Caption, mostLines)
			group = tick
		}
		c.g.SetActive(tick, item.Selected && (c.multiple || !chosen))
		chosen = chosen || item.Selected
		c.ticks = append(c.ticks, tick)
		c.g.Add(c.box, tick)
	}
	if !c.multiple && !chosen && len(c.ticks) > 0 {
		c.g.SetActive(c.ticks[0], true)
	}
}

// follow changes the items. What the person chose stays chosen.
func (c *choices) follow(items []dialog.Choice) {
	if slices.EqualFunc(items, c.items, func(a, b dialog.Choice) bool {
		return a.Value == b.Value && a.Caption == b.Caption
	}) {
		return
	}
	taken := c.selected()
	items = slices.Clone(items)
	kept := slices.ContainsFunc(items, func(item dialog.Choice) bool { return slices.Contains(taken, item.Value) })
	for i := range items {
		if kept || c.multiple {
			items[i].Selected = slices.Contains(taken, items[i].Value)
		}
	}
	for _, tick := range c.ticks {
		c.g.Remove(c.box, tick)
	}
	c.build(items)
	c.focus()
}

// focus puts the cursor on the item that is chosen, else on the first.
func (c *choices) focus() {
	if len(c.ticks) == 0 {
		return
	}
	at := max(0, slices.IndexFunc(c.ticks, c.g.Active))
	if c.multiple {
		at = 0
	}
	c.g.GrabFocus(c.ticks[at])
}

// selected returns the values of the items that are chosen, in their order.
func (c *choices) selected() []string {
	values := []string{}
	for i, tick := range c.ticks {
		if c.g.Active(tick) {
			values = append(values, c.items[i].Value)
		}
	}
	return values
}
