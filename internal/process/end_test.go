package process

import (
	"context"
	"errors"
	"os"
	"os/user"
	"path/filepath"
	"testing"
	"time"
)

func TestEnd(t *testing.T) {
	id, ended := killable(t)
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	no := errors.New("not that one")
	err = id.End(func(a About) error {
		if a.UID != me.Uid || filepath.Base(a.Image) != filepath.Base(self) || len(a.Args) != 3 || a.Args[1] != "a b" || a.Args[2] != `c"d` {
			t.Errorf("the child is %+v", a)
		}
		return no
	})
	if !errors.Is(err, no) || !id.Running() {
		t.Fatalf("what is not to be ended: error %v, runs %v", err, id.Running())
	}
	for _, other := range []ID{{id.Pid, "1"}, {id.Pid, id.Started + "0"}, {Pid: 0}, {Pid: -1}} {
		err := other.End(func(About) error {
			t.Errorf("%+v was looked at", other)
			return nil
		})
		if err != nil {
			t.Errorf("%+v: error %v, want that it is gone", other, err)
		}
	}
	if !id.Running() {
		t.Fatal("by another start time it was ended")
	}
	if err := id.End(func(About) error { return nil }); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	if err := Wait(ctx, id); err != nil {
		t.Fatal("it does not end: ", err)
	}
	ended()
	if err := id.End(func(About) error { return no }); err != nil {
		t.Error("when it has ended: ", err)
	}
}
