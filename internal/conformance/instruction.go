package conformance

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"github.com/deskbell/deskbell/protocol"
)

// instruction is what a message asks of whoever sits at the screen. It is the
// title of the window and begins its text.
type instruction struct {
	say    string
	script string // the same in a script file of "monitor --ui script:"
}

func press(caption string) instruction {
	return instruction{fmt.Sprintf("Press %q", caption), fmt.Sprintf(`"button": %q`, caption)}
}

var (
	pressOK   = press("OK")
	pressNo   = press("No")
	pressOS   = press("%OS%")
	pressTwo  = instruction{"Press the second button", `"button": 102`}
	wait      = instruction{"Do nothing", `"timeout": true`}
	closeBox  = instruction{"Close this window without a button", `"dismiss": true`}
	typeDigit = instruction{"Type 1234 and press OK", `"answer": "1234"`}
	typeText  = instruction{"Type 1234 and press the first button", `"answer": "1234"`}
	chooseB   = instruction{`Choose "b" and press OK`, `"answer": "b"`}
	chooseAC  = instruction{`Tick "a" and "c" alone and press OK`, `"items": ["a", "c"]`}
	tick      = instruction{"Tick the box and press OK", `"button": "OK", "checked": true`}
	tickNot   = instruction{"Leave the box empty and press OK", `"button": "OK"`}
	cancel    = press("Cancel")
	readOnly  = instruction{"There is nothing to do", `"button": "OK"`}
)

// instructions are all of them, those first whose words another begins with.
func instructions() []instruction {
	all := []instruction{pressTwo, wait, closeBox, typeText, typeDigit, chooseB, chooseAC, tick, tickNot, readOnly, pressOS, press("Zwei")}
	for _, t := range types {
		all = append(all, press(t.caption))
	}
	return all
}

// types has a button of each set of Type, with its number.
var types = []struct {
	set     int
	caption string
	button  int
}{
	{0, "OK", protocol.ButtonOK},
	{1, "Cancel", protocol.ButtonCancel},
	{2, "Ignore", protocol.ButtonIgnore},
	{3, "No", protocol.ButtonNo},
	{4, "Yes", protocol.ButtonYes},
	{5, "Retry", protocol.ButtonRetry},
	{6, "Continue", protocol.ButtonContinue},
}

// Person is a script of somebody who does what the windows ask, for "monitor
// --ui script:FILE".
func Person() string {
	var b strings.Builder
	for _, i := range instructions() {
		match, err := json.Marshal("^" + regexp.QuoteMeta(i.say))
		if err != nil {
			panic(err) // text always can be written
		}
		fmt.Fprintf(&b, "{\"match\": %s, %s}\n", match, i.script)
	}
	return b.String()
}

// message is a message of a kind that tells what to do.
func (i instruction) message(kind string, more protocol.Fields) protocol.Fields {
	text := i.say + "."
	if i == wait {
		text += " This window closes by itself. If it is still here after ten seconds, press its first button."
	}
	fields := protocol.Fields{"Kind": kind, "Title": i.say, "Text": text}
	for name, value := range more {
		fields[name] = value
	}
	return fields
}

func (i instruction) popup(more protocol.Fields) protocol.Fields {
	return i.message(protocol.KindPopup, more)
}
