package delivery

import (
	"slices"
	"strings"

	"github.com/deskbell/deskbell/internal/catalogue"
	"github.com/deskbell/deskbell/internal/dialog"
	"github.com/deskbell/deskbell/protocol"
)

// Parts of the style of a message box (MessageBox); those of Message.Type are
// the same.
const (
	boxYesNoCancel  = 3
	boxYesNo        = 4
	boxError        = 0x10
	boxQuestion     = 0x20
	boxWarning      = 0x30
	boxInformation  = 0x40
	boxDefaultShift = 8
)

// boxSets is the number of the sets of buttons that a message box has.
const boxSets = 7

// boxButtons are the buttons of a message box that stand for those of a message.
type boxButtons struct {
	set   int
	press map[int]int // the number in a reply, by that of the box
	// named tells that the captions are not those of the box: its text has to say
	// which stands for which.
	named bool
}

// boxButtonsOf chooses them; not ok where the message cannot be answered by a
// message box: it asks for text, a choice or a tick, or has more than three
// buttons of its own. A notice without buttons has OK.
func boxButtonsOf(m protocol.Message) (b boxButtons, ok bool) {
	if m.Kind != protocol.KindPopup && m.Kind != protocol.KindNotify || m.Check != "" {
		return b, false
	}
	offered := m.Offered()
	if len(offered) == 0 {
		return boxButtons{press: map[int]int{protocol.ButtonOK: protocol.NoButton}}, true
	}
	for set := range boxSets {
		if faces := facesOf(set); sameCaptions(faces, offered) {
			return boxButtons{set: set, press: pairs(faces, offered)}, true
		}
	}
	for set, count := range map[int]int{0: 1, boxYesNo: 2, boxYesNoCancel: 3} {
		if len(offered) == count {
			return boxButtons{set: set, press: pairs(facesOf(set), offered), named: true}, true
		}
	}
	return b, false
}

// facesOf are the buttons of a set.
func facesOf(set int) []protocol.Button {
	return protocol.Message{Kind: protocol.KindPopup, Type: set}.Offered()
}

func sameCaptions(a, b []protocol.Button) bool {
	return slices.EqualFunc(a, b, func(x, y protocol.Button) bool { return strings.EqualFold(x.Caption, y.Caption) })
}

func pairs(faces, offered []protocol.Button) map[int]int {
	press := map[int]int{}
	for i, face := range faces {
		press[face.Number] = offered[i].Number
	}
	return press
}

// style is that of the box: buttons, icon, default button, and on top of all
// windows where the message wants that.
func (b boxButtons) style(m protocol.Message) uint32 {
	style := b.set | m.Type&protocol.TypeSystemModal
	switch m.Picture() {
	case protocol.IconError:
		style |= boxError
	case protocol.IconQuestion:
		style |= boxQuestion
	case protocol.IconWarning, protocol.IconShield:
		style |= boxWarning
	case protocol.IconInfo:
		style |= boxInformation
	}
	for i, o := range m.Offered() {
		if o.Number == m.DefaultButton() {
			style |= i << boxDefaultShift
		}
	}
	return uint32(style)
}

// legend says which button stands for which caption, one a line; "" where they
// are the same. The words of the box's buttons are those of the user's language,
// as far as that is known.
func (b boxButtons) legend(buttons []dialog.Button, words *catalogue.Printer) string {
	if !b.named {
		return ""
	}
	var lines []string
	for i, face := range facesOf(b.set) {
		key := map[int]string{
			protocol.ButtonOK: "button.ok", protocol.ButtonYes: "button.yes", protocol.ButtonNo: "button.no", protocol.ButtonCancel: "button.cancel",
		}[face.Number]
		lines = append(lines, words.Text("box.button", words.Text(key), buttons[i].Caption))
	}
	return strings.Join(lines, "\n")
}
