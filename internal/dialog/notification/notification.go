//go:build linux

// Package notification shows notices, progress and questions with buttons as
// notifications of the desktop, over D-Bus (Desktop Notifications
// Specification 1.2).
//
// Anybody on the bus can send a signal that looks like an answer: only those
// of the connection that owns the notification service count.
package notification

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/godbus/dbus/v5"

	"github.com/deskbell/deskbell/internal/dialog"
	"github.com/deskbell/deskbell/internal/dialog/flat"
	"github.com/deskbell/deskbell/internal/dialog/reshow"
	"github.com/deskbell/deskbell/protocol"
)

const (
	service = "org.freedesktop.Notifications"
	path    = dbus.ObjectPath("/org/freedesktop/Notifications")
	// patience is how long the bus and the service may take for one call.
	patience = 5 * time.Second
	// actionHistory is the key of the button that leads to what was told.
	actionHistory = "history"
)

// most is how many notices are listened to at a time for the wish to read what
// was told again: each takes a connection to the bus.
const most = 16

// Dialog shows notifications.
type Dialog struct {
	address string
	history func() error
	notices sync.WaitGroup // those that are listened to
	places  chan struct{}  // one for each of them
	closed  chan struct{}
	once    sync.Once // closes closed
}

// New returns a dialog on the bus at address, or on the session bus where
// address is empty. A notice has a button that calls history, where that is
// not nil and the service has buttons; Close has to be called then.
func New(address string, history func() error) *Dialog {
	return &Dialog{address: address, history: history, places: make(chan struct{}, most), closed: make(chan struct{})}
}

// Close stops listening to notices that are still there, and waits until that
// is so. No Show may follow.
func (d *Dialog) Close() {
	d.once.Do(func() { close(d.closed) })
	d.notices.Wait()
}

// Show implements dialog.Dialog. A notice without buttons is answered as soon
// as it is shown; the notification stays as long as the desktop keeps it.
// Without a bus, without a service that runs there, or where it cannot show
// what is asked (a field, a list, a tick box, or buttons where the service has
// none) the error wraps dialog.ErrUnavailable. No call takes longer than a few
// seconds.
func (d *Dialog) Show(ctx context.Context, q dialog.Question, updates <-chan dialog.Question) (protocol.Reply, error) {
	if q.Kind == protocol.KindInput || q.Kind == protocol.KindChoose || q.Check != "" {
		return protocol.Reply{}, fmt.Errorf("a notification for %s: %w", q.Kind, dialog.ErrUnavailable)
	}
	if ctx.Err() != nil {
		return protocol.Reply{}, context.Cause(ctx)
	}
	s, err := connect(d.address)
	if err != nil {
		return protocol.Reply{}, fmt.Errorf("reaching the notification service: %w: %w", dialog.ErrUnavailable, err)
	}
	if reply, ok, err := d.showNotice(s, q); ok {
		return reply, err
	}
	defer s.close()
	return s.show(ctx, q, updates)
}

// showNotice shows a notice that leads to what the person was told, and has s
// listened to until the notice is gone. It reports false where q is none, or
// nobody can be led there.
func (d *Dialog) showNotice(s *server, q dialog.Question) (protocol.Reply, bool, error) {
	if d.history == nil || q.Kind != protocol.KindNotify || len(q.Buttons) > 0 || q.Words.History == "" || !s.can("actions") {
		return protocol.Reply{}, false, nil
	}
	select {
	case d.places <- struct{}{}:
	default:
		return protocol.Reply{}, false, nil
	}
	s.history = true
	reply, err := s.told(q)
	if err != nil {
		s.close()
		<-d.places
		return reply, true, err
	}
	d.notices.Go(func() {
		defer func() { s.close(); <-d.places }()
		if !s.wished(d.closed) {
			return
		}
		if err := d.history(); err != nil {
			slog.Warn("open what was told", "id", q.ID, "error", err)
		}
	})
	return reply, true, nil
}

// server is a connection to the notification service.
type server struct {
	conn         *dbus.Conn
	close        func()
	owner        string // unique name
	capabilities []string
	signals      chan *dbus.Signal
	id           uint32
	history      bool // what is shown has the button for it
}

func connect(address string) (_ *server, err error) {
	if address == "" {
		if address, err = sessionBus(); err != nil {
			return nil, err
		}
	}
	alive, end := context.WithCancel(context.Background())
	// A bus that does not answer is given up on.
	late := time.AfterFunc(patience, end)
	defer late.Stop()
	conn, err := dbus.Connect(address, dbus.WithContext(alive))
	if err != nil {
		end()
		return nil, err
	}
	// Closing fails only for a connection that is closed already.
	s := &server{conn: conn, close: func() { _ = conn.Close(); end() }, signals: make(chan *dbus.Signal, 64)}
	if err := s.start(); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// sessionBus returns the address of the user's bus without starting one.
func sessionBus() (string, error) {
	if address := os.Getenv("DBUS_SESSION_BUS_ADDRESS"); address != "" {
		return address, nil
	}
	socket := os.Getenv("XDG_RUNTIME_DIR") + "/bus"
	if _, err := os.Stat(socket); err != nil {
		return "", fmt.Errorf("no session bus: %w", err)
	}
	return "unix:path=" + socket, nil
}

func (s *server) start() error {
	// The owner is asked for, not the service: a call to a service that does
	// not run would start it, or wait for its start.
	if err := s.call(s.conn.BusObject(), "org.freedesktop.DBus.GetNameOwner", &s.owner, service); err != nil {
		return fmt.Errorf("looking for %s: %w", service, err)
	}
	if err := s.call(s.conn.Object(s.owner, path), service+".GetCapabilities", &s.capabilities); err != nil {
		return fmt.Errorf("asking what the service can do: %w", err)
	}
	s.conn.Signal(s.signals)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := s.conn.AddMatchSignalContext(ctx, dbus.WithMatchSender(s.owner), dbus.WithMatchInterface(service)); err != nil {
		return fmt.Errorf("listening to the service: %w", err)
	}
	if err := s.conn.AddMatchSignalContext(ctx, dbus.WithMatchSender("org.freedesktop.DBus"), dbus.WithMatchMember("NameOwnerChanged"), dbus.WithMatchArg(0, service)); err != nil {
		return fmt.Errorf("listening to the bus: %w", err)
	}
	return nil
}

// call calls a method and stores what it returns in result, where that is not
// nil. The types of an answer are checked.
func (s *server) call(object dbus.BusObject, method string, result any, args ...any) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	call := object.CallWithContext(ctx, method, dbus.FlagNoAutoStart, args...)
	if result == nil || call.Err != nil {
		return call.Err
	}
	return call.Store(result)
}

func (s *server) can(capability string) bool { return slices.Contains(s.capabilities, capability) }

func (s *server) show(ctx context.Context, q dialog.Question, updates <-chan dialog.Question) (protocol.Reply, error) {
	if len(q.Buttons) > 0 && !s.can("actions") {
		return protocol.Reply{}, fmt.Errorf("the notification service has no buttons: %w", dialog.ErrUnavailable)
	}
	reply, err := s.told(q)
	if err != nil {
		return reply, err
	}
	if len(q.Buttons) == 0 && q.Kind != protocol.KindProgress {
		return reply, nil
	}
	for {
		select {
		case <-ctx.Done():
			// It may be gone already, and that is what is wanted.
			if err := s.call(s.conn.Object(s.owner, path), service+".CloseNotification", nil, s.id); err != nil && !errors.As(err, new(dbus.Error)) {
				return protocol.Reply{}, errors.Join(context.Cause(ctx), err)
			}
			return protocol.Reply{}, context.Cause(ctx)
		case next, ok := <-updates:
			if !ok {
				updates = nil
				continue
			}
			changed := next.Raise || !reshow.Same(q, next)
			q = next
			if !changed {
				continue
			}
			if err := s.notify(q); err != nil {
				return protocol.Reply{}, err
			}
		case signal, ok := <-s.signals:
			if !ok {
				return protocol.Reply{}, fmt.Errorf("the connection to the session bus has ended: %w", dialog.ErrUnavailable)
			}
			done, err := s.hear(signal, q, &reply)
			if done || err != nil {
				return reply, err
			}
		}
	}
}

// told shows q and returns the reply to a notice.
func (s *server) told(q dialog.Question) (protocol.Reply, error) {
	if err := s.notify(q); err != nil {
		return protocol.Reply{}, fmt.Errorf("%w: %w", dialog.ErrUnavailable, err)
	}
	return protocol.Reply{Status: protocol.StatusAnswered, Button: protocol.NoButton, Channel: protocol.ChannelToast, ShownAt: time.Now()}, nil
}

// wished waits until the notice is gone, or stop is closed, and reports whether
// the person wanted to read what he was told.
func (s *server) wished(stop <-chan struct{}) bool {
	for {
		select {
		case <-stop:
			return false
		case signal, ok := <-s.signals:
			switch {
			case !ok || s.ended(signal):
				return false
			case !s.ours(signal):
			case signal.Name == service+".ActionInvoked" && signal.Body[1] == actionHistory:
				return true
			case signal.Name == service+".NotificationClosed":
				return false
			}
		}
	}
}

// ended reports whether a signal of the bus says that the service has ended.
func (s *server) ended(signal *dbus.Signal) bool {
	return signal.Sender == "org.freedesktop.DBus" && signal.Name == "org.freedesktop.DBus.NameOwnerChanged" &&
		len(signal.Body) == 3 && signal.Body[0] == service && signal.Body[1] == s.owner
}

// ours reports whether a signal comes from the service and is about what we
// show.
func (s *server) ours(signal *dbus.Signal) bool {
	return signal.Sender == s.owner && signal.Path == path && len(signal.Body) == 2 && signal.Body[0] == s.id
}

// hear says whether a signal ends the question, and fills in the reply.
func (s *server) hear(signal *dbus.Signal, q dialog.Question, reply *protocol.Reply) (bool, error) {
	if s.ended(signal) {
		return false, fmt.Errorf("the notification service has ended: %w", dialog.ErrUnavailable)
	}
	if !s.ours(signal) {
		return false, nil
	}
	switch signal.Name {
	case service + ".ActionInvoked":
		for _, b := range q.Buttons {
			if signal.Body[1] == strconv.Itoa(b.Number) {
				reply.Button = b.Number
				// Not every service closes what was answered.
				_ = s.call(s.conn.Object(s.owner, path), service+".CloseNotification", nil, s.id)
				return true, nil
			}
		}
	case service + ".NotificationClosed":
		const byPerson = uint32(2)
		if signal.Body[1] != byPerson {
			if q.Kind == protocol.KindProgress {
				return false, nil // it is made again by the next update
			}
			return false, fmt.Errorf("the notification service has closed the question unanswered (%v)", signal.Body[1])
		}
		if q.Kind == protocol.KindProgress && q.Cancel == protocol.NoButton {
			return false, nil
		}
		reply.Button = q.Cancel
		if reply.Button == protocol.NoButton {
			reply.Status = protocol.StatusDismissed
		}
		return true, nil
	}
	return false, nil
}

// notify shows q, in place of what was shown before.
func (s *server) notify(q dialog.Question) error {
	summary, body := flat.Title(q), flat.Text(q, time.Now(), "")
	if q.Kind == protocol.KindProgress && q.Detail != "" {
		body += "\n\n" + flat.Line(q.Detail)
	}
	// Also for a service that does not claim body-markup: dunst then takes
	// tags out of the text and shows entities as what they stand for.
	body = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(body)
	actions := []string{}
	for _, b := range q.Buttons {
		actions = append(actions, strconv.Itoa(b.Number), flat.Line(b.Caption))
	}
	expire := int32(-1) // as the desktop sees fit
	if len(actions) > 0 || q.Kind == protocol.KindProgress {
		expire = 0 // never
	}
	if s.history && len(actions) == 0 {
		actions = append(actions, actionHistory, flat.Line(q.Words.History))
	}
	hints := map[string]dbus.Variant{"urgency": dbus.MakeVariant(urgency(q.Urgency))}
	if q.Kind == protocol.KindProgress && q.Percent >= 0 {
		hints["value"] = dbus.MakeVariant(int32(min(q.Percent, 100)))
	}
	if err := s.call(s.conn.Object(s.owner, path), service+".Notify", &s.id,
		"Deskbell", s.id, icons[q.Icon], summary, body, actions, hints, expire); err != nil {
		return fmt.Errorf("showing a notification: %w", err)
	}
	return nil
}

func urgency(level string) byte {
	switch level {
	case protocol.UrgencyLow:
		return 0
	case protocol.UrgencyCritical:
		return 2
	}
	return 1
}

// icons are the freedesktop names of a message's pictures.
var icons = map[string]string{
	protocol.IconInfo:     "dialog-information",
	protocol.IconWarning:  "dialog-warning",
	protocol.IconError:    "dialog-error",
	protocol.IconQuestion: "dialog-question",
	protocol.IconShield:   "security-high",
}
