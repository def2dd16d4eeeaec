package notification

import (
	"bufio"
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"github.com/deskbell/deskbell/internal/dialog"
	"github.com/deskbell/deskbell/protocol"
)

// bus starts a message bus of the test's own, on which nothing can be started
// on demand, and returns its address.
func bus(t *testing.T) string {
	dir := t.TempDir()
	config := `<busconfig><listen>unix:path=` + dir + `/bus</listen><auth>EXTERNAL</auth>
<policy context="default"><allow user="*"/><allow own="*"/><allow send_destination="*" eavesdrop="false"/><allow receive_sender="*"/></policy></busconfig>`
	if err := os.WriteFile(dir+"/bus.conf", []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	daemon := exec.Command("dbus-daemon", "--config-file="+dir+"/bus.conf", "--nofork", "--print-address")
	out, err := daemon.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := daemon.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := daemon.Process.Kill(); err != nil {
			t.Error(err)
		}
		_ = daemon.Wait() // its status says only that it was killed
	})
	address, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(address)
}

func dial(t *testing.T, address string) *dbus.Conn {
	conn, err := dbus.Connect(address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

type shown struct {
	replaces      uint32
	summary, body string
	actions       []string
	hints         map[string]dbus.Variant
}

// fake is a notification service.
type fake struct {
	conn         *dbus.Conn
	capabilities []string
	notified     chan shown
	closed       chan uint32
}

func (f *fake) GetCapabilities() ([]string, *dbus.Error) { return f.capabilities, nil }

func (f *fake) Notify(_ string, replaces uint32, _, summary, body string, actions []string, hints map[string]dbus.Variant, _ int32) (uint32, *dbus.Error) {
	f.notified <- shown{replaces, summary, body, actions, hints}
	return 7, nil
}

func (f *fake) CloseNotification(id uint32) *dbus.Error {
	f.closed <- id
	return nil
}

func serve(t *testing.T, address string, capabilities ...string) *fake {
	f := &fake{dial(t, address), capabilities, make(chan shown, 10), make(chan uint32, 10)}
	if err := f.conn.Export(f, path, service); err != nil {
		t.Fatal(err)
	}
	if _, err := f.conn.RequestName(service, dbus.NameFlagDoNotQueue); err != nil {
		t.Fatal(err)
	}
	return f
}

func emit(t *testing.T, conn *dbus.Conn, member string, values ...any) {
	if err := conn.Emit(path, service+"."+member, values...); err != nil {
		t.Error(err)
	}
}

func question() dialog.Question {
	return dialog.Question{
		Kind: protocol.KindPopup, Title: "Title", Text: "<b>A & B</b>", Origin: "Origin", Urgency: protocol.UrgencyCritical, Cancel: protocol.NoButton,
		Buttons: []dialog.Button{{Number: 101, Caption: "Now"}, {Number: 102, Caption: "Later"}},
	}
}

func notice() dialog.Question {
	q := question()
	q.Kind, q.Buttons = protocol.KindNotify, nil
	return q
}

func TestAnswerOfTheOwnerOnly(t *testing.T) {
	address := bus(t)
	f := serve(t, address, "actions", "body-markup")
	forger := dial(t, address)
	go func() {
		s := <-f.notified
		if s.summary != "Origin — Title" || s.body != "Origin\n\n&lt;b&gt;A &amp; B&lt;/b&gt;" || strings.Join(s.actions, ",") != "101,Now,102,Later" || s.hints["urgency"].Value() != byte(2) {
			t.Errorf("shown: %+v", s)
		}
		emit(t, forger, "ActionInvoked", uint32(7), "101")
		emit(t, forger, "NotificationClosed", uint32(7), uint32(2))
		// The bus has passed those on before it answers.
		if err := forger.BusObject().Call("org.freedesktop.DBus.GetId", 0).Err; err != nil {
			t.Error(err)
		}
		emit(t, f.conn, "ActionInvoked", "7", "101")
		emit(t, f.conn, "ActionInvoked", uint32(7))
		emit(t, f.conn, "ActionInvoked", uint32(7), uint32(101))
		emit(t, f.conn, "ActionInvoked", uint32(8), "101")
		emit(t, f.conn, "ActionInvoked", uint32(7), "103")
		emit(t, f.conn, "NotificationClosed", int32(7), "2")
		emit(t, f.conn, "ActionInvoked", uint32(7), "102")
	}()
	reply, err := New(address, nil).Show(t.Context(), question(), nil)
	if err != nil || reply.Button != 102 || reply.Status != protocol.StatusAnswered || reply.Channel != protocol.ChannelToast || reply.ShownAt.IsZero() {
		t.Errorf("reply %+v, %v", reply, err)
	}
}

func TestClosed(t *testing.T) {
	address := bus(t)
	f := serve(t, address, "actions")
	q := question()
	for _, c := range []struct {
		reason uint32
		cancel int
		status protocol.Status
	}{{2, -1, protocol.StatusDismissed}, {2, 2, protocol.StatusAnswered}, {1, -1, ""}} {
		q.Cancel = c.cancel
		go func() { <-f.notified; emit(t, f.conn, "NotificationClosed", uint32(7), c.reason) }()
		reply, err := New(address, nil).Show(t.Context(), q, nil)
		if c.status == "" {
			if err == nil {
				t.Errorf("closed by the service: reply %+v", reply)
			}
			continue
		}
		if err != nil || reply.Status != c.status || reply.Button != c.cancel {
			t.Errorf("%+v: reply %+v, %v", c, reply, err)
		}
	}
}

func TestReplacedAndWithdrawn(t *testing.T) {
	address := bus(t)
	f := serve(t, address, "actions")
	ctx, cancel := context.WithCancelCause(t.Context())
	updates, withdrawn := make(chan dialog.Question), errors.New("withdrawn")
	go func() {
		<-f.notified
		next := question()
		next.Text = "other"
		updates <- next
		if s := <-f.notified; s.replaces != 7 || s.body != "Origin\n\nother" {
			t.Errorf("shown: %+v", s)
		}
		cancel(withdrawn)
	}()
	if _, err := New(address, nil).Show(ctx, question(), updates); err != withdrawn {
		t.Errorf("error %v, want the cause", err)
	}
	select {
	case id := <-f.closed:
		if id != 7 {
			t.Errorf("closed %d", id)
		}
	case <-time.After(30 * time.Second):
		t.Error("not closed")
	}
}

func TestServiceEnds(t *testing.T) {
	address := bus(t)
	f := serve(t, address, "actions")
	go func() { <-f.notified; f.conn.Close() }()
	if _, err := New(address, nil).Show(t.Context(), question(), nil); !errors.Is(err, dialog.ErrUnavailable) {
		t.Errorf("error %v", err)
	}
}

func TestNotice(t *testing.T) {
	address := bus(t)
	serve(t, address)
	reply, err := New(address, nil).Show(t.Context(), notice(), nil)
	if err != nil || reply.Button != protocol.NoButton || reply.Status != protocol.StatusAnswered {
		t.Errorf("reply %+v, %v", reply, err)
	}
}

func TestUnavailable(t *testing.T) {
	nobody, plain := bus(t), bus(t)
	serve(t, plain)
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "")
	t.Setenv("XDG_RUNTIME_DIR", t.TempDir())
	input := question()
	input.Kind = protocol.KindInput
	for name, c := range map[string]struct {
		address string
		q       dialog.Question
	}{
		"no bus":      {"", question()},
		"no socket":   {"unix:path=" + t.TempDir() + "/none", question()},
		"no service":  {nobody, question()},
		"no buttons":  {plain, question()},
		"not a field": {plain, input},
	} {
		if _, err := New(c.address, nil).Show(t.Context(), c.q, nil); !errors.Is(err, dialog.ErrUnavailable) {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

func TestNoticeLeadsToTheHistory(t *testing.T) {
	address := bus(t)
	f := serve(t, address, "actions")
	forger := dial(t, address)
	led := make(chan struct{}, 10)
	d := New(address, func() error { led <- struct{}{}; return nil })
	q := notice()
	q.Words.History = "Messages to you"
	show := func() shown {
		reply, err := d.Show(t.Context(), q, nil)
		if err != nil || reply.Button != protocol.NoButton || reply.Status != protocol.StatusAnswered {
			t.Errorf("reply %+v, %v", reply, err)
		}
		return <-f.notified
	}
	free := func() { await(t, func() bool { return len(d.places) == 0 }) }

	if s := show(); strings.Join(s.actions, ",") != "history,Messages to you" {
		t.Errorf("shown: %+v", s)
	}
	emit(t, forger, "ActionInvoked", uint32(7), actionHistory)
	if err := forger.BusObject().Call("org.freedesktop.DBus.GetId", 0).Err; err != nil {
		t.Error(err)
	}
	emit(t, f.conn, "ActionInvoked", uint32(8), actionHistory)
	emit(t, f.conn, "ActionInvoked", uint32(7), "other")
	emit(t, f.conn, "NotificationClosed", uint32(7), uint32(2))
	free()
	if len(led) != 0 {
		t.Error("a notice that was closed has led to the history")
	}

	show()
	emit(t, f.conn, "ActionInvoked", uint32(7), actionHistory)
	free()
	if len(led) != 1 {
		t.Errorf("led to the history %d times, want once", len(led))
	}

	// Beyond the most that are listened to, a notice is one without a button.
	for range most {
		show()
	}
	if s := show(); len(s.actions) != 0 {
		t.Errorf("shown: %+v", s)
	}
	d.Close()
	if len(d.places) != 0 {
		t.Errorf("%d notices are listened to yet", len(d.places))
	}
}
