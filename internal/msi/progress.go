// Package msi installs packages of Windows Installer and tells how far that is.
package msi

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/deskbell/deskbell/internal/dialog"
)

// Kind is what a message of Windows Installer is about (INSTALLMESSAGE).
type Kind uint32

// Kinds of message, without their boxes and buttons (msi.h).
const (
	FatalExit   Kind = 0x00000000
	Error       Kind = 0x01000000
	ActionStart Kind = 0x08000000
	ActionData  Kind = 0x09000000
	Ticks       Kind = 0x0A000000 // INSTALLMESSAGE_PROGRESS
	kindMask    Kind = 0xFF000000
)

// Unknown is the percentage of what cannot be told.
const Unknown = -1

// Progress is how far an installation is, by the messages that Windows Installer
// sends to an external user interface (Parsing Windows Installer Messages, in the
// documentation of MsiSetExternalUI). The zero value is the beginning.
type Progress struct {
	total, done int64
	backward    bool  // it is being rolled back
	preparing   bool  // what is to be done is not known yet
	step        int64 // ticks of each ActionData; 0 = it does not count
	line        string
}

// maxTicks bounds what a package may count to.
const maxTicks = 1 << 40

// Hear takes a message, and reports whether there may be news.
func (p *Progress) Hear(kind Kind, text string) bool {
	switch kind & kindMask {
	case ActionStart:
		p.step = 0
		if line := action(text); line != "" {
			p.line = line
		}
		return true
	case ActionData:
		p.advance(p.step)
		return p.step != 0
	case Ticks:
		f, ok := fields(text)
		if ok {
			p.count(f)
		}
		return ok
	}
	return false
}

// count takes the four fields of a message about ticks.
func (p *Progress) count(f [5]int64) {
	switch f[1] {
	case 0: // from now on
		*p = Progress{total: f[2], backward: f[3] == 1, preparing: f[4] == 1, line: p.line}
		if p.backward {
			p.done = p.total
		}
	case 1: // what an action's data counts
		p.step = 0
		if f[3] == 1 {
			p.step = f[2]
		}
	case 2: // so much has been done
		p.advance(f[2])
	case 3: // there is more to be done
		p.total = min(p.total+f[2], maxTicks)
	}
}

func (p *Progress) advance(ticks int64) {
	if p.backward {
		ticks = -ticks
	}
	p.done = max(0, min(p.done+ticks, p.total))
}

// Percent is how much has been done, 0 to 100, or Unknown.
func (p *Progress) Percent() int {
	if p.preparing || p.total == 0 {
		return Unknown
	}
	return int(p.done * 100 / p.total)
}

// Line is what is being done, in the words of the package; "" = it has not said.
func (p *Progress) Line() string { return p.line }

// started is the text about an action: its time, name, and what it does.
var started = regexp.MustCompile(`\d{1,2}[:.]\d{2}[:.]\d{2}: \S*\. (.*)$`)

// action is what an action does, on one line.
func action(text string) string {
	line := dialog.CleanLine(text)
	if match := started.FindStringSubmatch(line); match != nil {
		return strings.TrimSpace(match[1])
	}
	return ""
}

// fields are the numbers of a text like "1: 0 2: 1024 3: 0 4: 1", each at its own,
// where it has the first.
func fields(text string) (f [5]int64, ok bool) {
	words := strings.Fields(text)
	for len(words) >= 2 {
		number, value := strings.TrimSuffix(words[0], ":"), words[1]
		n, err := strconv.Atoi(number)
		v, valueErr := strconv.ParseInt(value, 10, 64)
		if err == nil && valueErr == nil && n > 0 && n < len(f) && v >= 0 && number != words[0] {
			f[n] = min(v, maxTicks)
			ok = ok || n == 1
		}
		words = words[2:]
	}
	return f, ok
}
