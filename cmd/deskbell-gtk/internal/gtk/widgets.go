//go:build linux

package gtk

// Values of GTK's and GDK's enumerations.
const (
	Horizontal = 0
	Vertical   = 1

	AlignFill   = 0
	AlignStart  = 1
	AlignEnd    = 2
	AlignCenter = 3

	wrapWordChar      = 2 // PANGO_WRAP_WORD_CHAR
	textWrapWordChar  = 3 // GTK_WRAP_WORD_CHAR
	ellipsizeEnd      = 3
	purposePassword   = 8
	policyAutomatic   = 1
	policyNever       = 2
	iconSizeDialog    = 6
	priorityOfProgram = 600
	leftToRight       = 1
	rightToLeft       = 2
)

// Box returns a box whose children stand in a row or a column.
func (l *Library) Box(orientation, spacing int32) Widget { return l.boxNew(orientation, spacing) }

// Add puts children at the end of a box.
func (l *Library) Add(box Widget, children ...Widget) {
	for _, child := range children {
		if l.Version == 3 {
			l.containerAdd(box, child)
			l.SetVisible(child, true)
		} else {
			l.boxAppend(box, child)
		}
	}
}

// Remove takes a child out of a box and destroys it.
func (l *Library) Remove(box, child Widget) {
	if l.Version == 3 {
		l.destroy(child)
	} else {
		l.boxRemove(box, child)
	}
}

// Margin sets the space around a widget, in pixels.
func (l *Library) Margin(w Widget, vertical, horizontal int32) {
	l.marginTop(w, vertical)
	l.marginBottom(w, vertical)
	l.marginStart(w, horizontal)
	l.marginEnd(w, horizontal)
}

// Class gives a widget a class of the style sheet.
func (l *Library) Class(w Widget, class string) {
	if l.Version == 3 {
		l.styleClass(l.styleContext(w), class)
	} else {
		l.cssClass(w, class)
	}
}

// Text returns a label for text of any length: it wraps, within a word where
// it must, and is never taken for markup or searched for mnemonics.
func (l *Library) Text(text string, least, most int32) Widget {
	w := l.LabelNew(text)
	l.labelWrap(w, true)
	l.labelMode(w, wrapWordChar)
	l.labelMin(w, least)
	l.labelMax(w, most)
	l.labelAlign(w, 0)
	return w
}

// AtMost cuts a text after so many lines, with an ellipsis.
func (l *Library) AtMost(label Widget, lines int32) {
	l.labelLines(label, lines)
	l.labelEllipsis(label, ellipsizeEnd)
}

// Line returns a label of one line that is cut with an ellipsis.
func (l *Library) Line(text string, most int32) Widget {
	w := l.LabelNew(text)
	l.labelEllipsis(w, ellipsizeEnd)
	l.labelMax(w, most)
	l.labelAlign(w, 0)
	return w
}

// Scrolled returns a frame that is as high as its child wants, up to most
// pixels, and scrolls what is beyond, with a bar that is there to be seen.
func (l *Library) Scrolled(child Widget, most int32) Widget {
	w := l.scrolledNew(0, 0)
	l.scrolledPolicy(w, policyNever, policyAutomatic)
	l.scrolledOverlay(w, false)
	// The height that it wants is that at the width that it wants.
	l.scrolledHeight(w, true)
	l.scrolledWidth(w, true)
	l.scrolledMax(w, most)
	if l.Version == 3 {
		l.containerAdd(w, child)
		l.SetVisible(child, true)
	} else {
		l.scrolledChild(w, child)
	}
	return w
}

// AtLeast sets the least height of a scrolled frame.
func (l *Library) AtLeast(scrolled Widget, height int32) { l.scrolledMin(scrolled, height) }

// Button returns a push button with the label as its face.
func (l *Library) Button(face Widget) Widget {
	w := l.buttonNew()
	if l.Version == 3 {
		l.containerAdd(w, face)
		l.SetVisible(face, true)
	} else {
		l.buttonChild(w, face)
	}
	return w
}

// Check returns a tick box; its text wraps and is cut after so many lines.
func (l *Library) Check(text string, lines int32) Widget { return l.tick(0, text, lines, false) }

// Radio returns a round button of the group that other is in, 0 for a new one.
func (l *Library) Radio(other Widget, text string, lines int32) Widget {
	return l.tick(other, text, lines, true)
}

func (l *Library) tick(other Widget, text string, lines int32, round bool) Widget {
	var w, label Widget
	switch {
	case l.Version == 4:
		w = l.checkNew(text)
		if other != 0 {
			l.checkGroup(w, other)
		}
		if l.checkChild == nil {
			return w // before 4.8 there is no way to the label
		}
		label = l.LabelNew(text)
		l.checkChild(w, label)
	case round:
		w = l.radioNew(other, text)
		label = l.binChild(w)
	default:
		w = l.checkNew(text)
		label = l.binChild(w)
	}
	l.labelWrap(label, true)
	l.labelMode(label, wrapWordChar)
	l.labelMax(label, 60)
	l.AtMost(label, lines)
	l.labelAlign(label, 0)
	return w
}

// Password makes an entry hide what is typed, from the screen and from input
// methods that learn.
func (l *Library) Password(entry Widget) {
	l.entryVisible(entry, false)
	l.entryPurpose(entry, purposePassword)
}

// SelectAll selects the text of an entry.
func (l *Library) SelectAll(entry Widget) { l.selectRegion(entry, 0, -1) }

// EntryText returns the text of an entry.
func (l *Library) EntryText(entry Widget) string { return l.entryText(entry) }

// TextView returns a field of several lines; Tab leaves it.
func (l *Library) TextView(text string) Widget {
	w := l.textNew()
	l.textWrap(w, textWrapWordChar)
	l.textTab(w, false)
	l.textLeft(w, 6)
	l.textTop(w, 6)
	l.bufferSet(l.textBuffer(w), text, int32(len(text)))
	return w
}

// TextViewText returns the text of a field of several lines.
func (l *Library) TextViewText(w Widget) string {
	var start, end textIter
	buffer := l.textBuffer(w)
	l.bufferBounds(buffer, &start, &end)
	return l.bufferText(buffer, &start, &end, true)
}

// Image returns the picture of that name in the icon theme.
func (l *Library) Image(name string, pixels int32) Widget {
	w := l.imageNew(name, iconSizeDialog)
	l.imageSize(w, pixels)
	return w
}

// SetImage changes the picture.
func (l *Library) SetImage(w Widget, name string) { l.imageIcon(w, name, iconSizeDialog) }

// Expander returns a line that shows and hides child.
func (l *Library) Expander(label string, child Widget) Widget {
	w := l.expanderNew(label)
	if l.Version == 3 {
		l.containerAdd(w, child)
		l.SetVisible(child, true)
	} else {
		l.expanderChild(w, child)
	}
	return w
}

// Style adds a style sheet of the program's.
func (l *Library) Style(css string) {
	provider := l.cssNew()
	l.cssLoad(provider, css, len(css), 0)
	screen := l.gdkDisplay()
	if l.Version == 3 {
		screen = l.gdkScreen()
	}
	l.cssScreen(screen, provider, priorityOfProgram)
}

// Direction sets which way text and widgets run.
func (l *Library) Direction(rtl bool) {
	if rtl {
		l.direction(rightToLeft)
	} else {
		l.direction(leftToRight)
	}
}

// IsText reports whether a widget is one that text is typed into, and whether
// that has several lines.
func (l *Library) IsText(w Widget) (text, multiline bool) {
	if w == 0 {
		return false, false
	}
	multiline = l.isA(w, l.textViewType())
	return multiline || l.isA(w, l.entryType()), multiline
}
