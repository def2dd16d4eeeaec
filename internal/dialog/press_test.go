package dialog

import (
	"testing"

	"github.com/deskbell/deskbell/protocol"
)

func TestPressed(t *testing.T) {
	buttons := func(numbers ...int) (b []Button) {
		for _, n := range numbers {
			b = append(b, Button{Number: n, Caption: "b"})
		}
		return b
	}
	for _, c := range []struct {
		name    string
		q       Question
		press   int
		status  protocol.Status
		button  int
		refused bool
	}{
		{"offered", Question{Buttons: buttons(101, 102), Cancel: -1}, 102, protocol.StatusAnswered, 102, false},
		{"Cancel itself", Question{Buttons: buttons(1, 2), Cancel: 2}, 2, protocol.StatusAnswered, 2, false},
		{"Escape stands for another", Question{Buttons: buttons(1), Cancel: 1}, 2, protocol.StatusAnswered, 1, false},
		{"Escape without Cancel", Question{Buttons: buttons(6, 7), Cancel: -1}, 2, protocol.StatusDismissed, -1, false},
		{"no buttons at all", Question{Cancel: -1}, 2, protocol.StatusDismissed, -1, false},
		{"Escape of what cannot be closed", Question{Buttons: buttons(6, 7), Cancel: -1, Unclosable: true}, 2, "", 0, true},
		{"a button of it", Question{Buttons: buttons(6, 7), Cancel: -1, Unclosable: true}, 7, protocol.StatusAnswered, 7, false},
		{"a bar that cannot be closed", Question{Cancel: -1, Unclosable: true}, 2, "", 0, true},
		{"not offered", Question{Buttons: buttons(6, 7), Cancel: -1}, 1, "", 0, true},
		{"no button", Question{Buttons: buttons(6, 7), Cancel: -1}, -1, "", 0, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			reply, ok := c.q.Pressed(c.press)
			if ok == c.refused || reply.Status != c.status || reply.Button != c.button {
				t.Errorf("%+v, %t", reply, ok)
			}
		})
	}
}
