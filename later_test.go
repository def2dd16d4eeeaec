package deskbell_test

import (
	"errors"
	"io/fs"
	"testing"

	"github.com/deskbell/deskbell"
	"github.com/deskbell/deskbell/protocol"
)

// What was posted is fetched later, once.
func TestPostAndAwait(t *testing.T) {
	m := protocol.NewMessage(protocol.KindPopup)
	m.Text, m.Buttons = "Install now?", []string{"Now", "Later"}
	id, err := deskbell.Post(t.Context(), m, deskbell.To("active"), deskbell.Scope("user"), deskbell.Combine("veto"), deskbell.Absent("no"))
	if err != nil {
		t.Fatal(err)
	}
	reply, err := deskbell.Await(t.Context(), id)
	if err != nil || reply.Choice != "Now" {
		t.Errorf("%+v, %v", reply, err)
	}
	if _, err := deskbell.Await(t.Context(), id); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("fetched twice: %v", err)
	}
}
