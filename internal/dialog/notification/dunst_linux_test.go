package notification

import (
	"bufio"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/deskbell/deskbell/protocol"
)

// start runs a program until the test ends.
func start(t *testing.T, cmd *exec.Cmd) {
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cmd.Process.Signal(os.Interrupt); err != nil {
			t.Error(err)
		}
		_ = cmd.Wait() // its status says only that it was interrupted
	})
}

func TestDunst(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	server := exec.Command("Xvfb", "-displayfd", "3", "-noreset", "-nolisten", "tcp")
	server.ExtraFiles = []*os.File{w}
	start(t, server)
	w.Close()
	display, err := bufio.NewReader(r).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	address := bus(t)
	env := append(os.Environ(), "DISPLAY=:"+strings.TrimSpace(display), "DBUS_SESSION_BUS_ADDRESS="+address)
	dunst := exec.Command("dunst", "-conf", "/dev/null")
	dunst.Env = env
	start(t, dunst)
	await(t, func() bool {
		reply, err := New(address, nil).Show(t.Context(), notice(), nil)
		return err == nil && reply.Status == protocol.StatusAnswered
	})
	control := dial(t, address).Object(service, path)
	done := make(chan struct{})
	go func() {
		defer close(done)
		await(t, func() bool {
			n, err := control.GetProperty("org.dunstproject.cmd0.displayedLength")
			return err == nil && n.Value() == uint32(2)
		})
		if dir := os.Getenv("DESKBELL_SCREENS"); dir != "" {
			cmd := exec.Command("import", "-window", "root", dir+"/notification-dunst.png")
			cmd.Env = env
			if err := cmd.Run(); err != nil {
				t.Error(err)
			}
		}
		if err := control.Call("org.dunstproject.cmd0.NotificationCloseAll", 0).Err; err != nil {
			t.Error(err)
		}
	}()
	q := question()
	q.Text = "a question, not stacked on the notice"
	reply, err := New(address, nil).Show(t.Context(), q, nil)
	<-done
	if err != nil || reply.Status != protocol.StatusDismissed {
		t.Errorf("reply %+v, %v", reply, err)
	}
}

// await waits until done, within a minute.
func await(t *testing.T, done func() bool) {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(20 * time.Second)
	for !done() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Error("waited in vain for 20 seconds")
			return
		}
	}
}
