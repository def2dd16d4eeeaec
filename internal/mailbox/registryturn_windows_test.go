package mailbox

import (
	"testing"

	"github.com/deskbell/deskbell/protocol"
)

// Who finds the Pid of a record takes the rest to be there.
func TestValuesInTurn(t *testing.T) {
	values, err := encode(protocol.Presence{
		Pid: 1, Started: "1", Version: "1", Protocol: 1, Kinds: []string{"popup"}, Locale: "de", State: "ready",
	}.Fields())
	if err != nil || len(values) == 0 || values[len(values)-1].name != "Pid" {
		t.Errorf("a record: %+v, %v", values, err)
	}
	values, err = encode(protocol.Fields{"Ready": true, "Pid": 1, "Status": "answered", "Started": "1", "ZZ": "1"})
	if err != nil || len(values) != 5 || values[3].name != "Pid" || values[4].name != "Ready" {
		t.Errorf("a reply: %+v, %v", values, err)
	}
}
