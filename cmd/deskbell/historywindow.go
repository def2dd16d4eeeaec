package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/deskbell/deskbell/internal/catalogue"
	"github.com/deskbell/deskbell/internal/dialog"
	"github.com/deskbell/deskbell/internal/dialog/ui"
	"github.com/deskbell/deskbell/internal/ledger"
	"github.com/deskbell/deskbell/internal/mailbox"
	"github.com/deskbell/deskbell/internal/session"
	"github.com/deskbell/deskbell/protocol"
)

// mostTold is how many messages the window has.
const mostTold = 50

// historyWindow shows the caller what he was told: a list, and each message that
// he chooses from it, until he closes one.
func (c *call) historyWindow(ctx context.Context, queue string, place ledger.Place, o *historyOptions) error {
	user, err := session.User()
	if err != nil {
		return err
	}
	found, _, err := place.Read(ledger.Cursor{})
	if err != nil {
		return err
	}
	shown, err := ui.Open("", ui.Options{Log: c.log()})
	if err != nil {
		return err
	}
	switch d := shown.(type) {
	case interface{ Close() }:
		defer d.Close()
	case io.Closer:
		defer d.Close()
	}
	languages := session.Languages()
	r := reading{
		dialog: shown, words: catalogue.For(languages), told: toldOf(o.selected(found)),
		viewer: dialog.Viewer{Languages: languages, Queue: queue, User: user},
	}
	for at := 0; at >= 0; {
		if at, err = r.choose(ctx, at); err == nil && at >= 0 {
			at, err = r.read(ctx, at)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// historyOfNotices is what a notice leads to: this program again, which shows
// what the caller was told. It may outlast the monitor, and so nobody waits for
// it; a second one is not started beside it. It is nil where a notice may well
// outlast the monitor, and would lead nowhere.
func (c *call) historyOfNotices(queue string, a *attendant) func() error {
	if a.untilIdle > 0 && noticesOutlastTheirProgram {
		return nil
	}
	var one sync.Mutex // held while there is a window
	return func() (err error) {
		if !one.TryLock() {
			return nil
		}
		defer func() {
			if err != nil {
				one.Unlock()
			}
		}()
		self, err := os.Executable()
		if err != nil {
			return fmt.Errorf("find this program: %w", err)
		}
		command := exec.Command(withoutConsole(self), "history", "--window", "--queue", queue)
		command.Dir = filepath.Dir(self)
		separate(command)
		if err := command.Start(); err != nil {
			return err
		}
		go func() {
			defer one.Unlock()
			_ = command.Wait() // it tells the person itself what is wrong
		}()
		return nil
	}
}

// toldOf are the messages that were shown, each as it was last, newest first.
func toldOf(events []ledger.Event) []ledger.Event {
	var told []ledger.Event
	there := map[string]bool{}
	for _, e := range slices.Backward(events) {
		if e.Event != ledger.Shown && e.Event != ledger.Updated || there[e.Scope+e.ID] {
			continue
		}
		there[e.Scope+e.ID] = true
		if told = append(told, e); len(told) == mostTold {
			break
		}
	}
	return told
}

// reading is somebody who reads again what he was told. The ledger is his own
// file, which his programs can write: the windows vouch for nobody, and a line
// says where each message is said to be from.
type reading struct {
	dialog dialog.Dialog
	viewer dialog.Viewer
	words  *catalogue.Printer
	told   []ledger.Event
}

// show asks; the answer is only that of a button that submits.
func (r *reading) show(ctx context.Context, q dialog.Question) (protocol.Reply, bool, error) {
	reply, err := r.dialog.Show(ctx, q, nil)
	if err != nil {
		return reply, false, err
	}
	return reply, reply.Status == protocol.StatusAnswered && q.Accepts(reply.Button), nil
}

// choose has one of the messages chosen; −1 = the window was closed.
func (r *reading) choose(ctx context.Context, last int) (int, error) {
	if len(r.told) == 0 {
		_, _, err := r.show(ctx, dialog.NewQuestion(protocol.Message{
			Kind: protocol.KindPopup, Title: r.words.Text("history.title"), Text: r.words.Text("history.none"),
		}, r.viewer))
		return -1, err
	}
	m := protocol.Message{Kind: protocol.KindChoose, Title: r.words.Text("history.title"), Text: r.words.Text("history.choose")}
	q := dialog.NewQuestion(m, r.viewer)
	for i, e := range r.told {
		line := e.Time.Local().Format("2006-01-02 15:04") + "  " + dialog.CleanLine(e.Title)
		if e.Title == "" {
			line += dialog.CleanLine(e.Text)
		}
		q.Choices = append(q.Choices, dialog.Choice{
			Value: strconv.Itoa(i + 1), Caption: strconv.Itoa(i+1) + "  " + line + " – " + r.from(e), Selected: i == last,
		})
	}
	reply, ok, err := r.show(ctx, q)
	if !ok || err != nil {
		return -1, err
	}
	at, err := strconv.Atoi(reply.Answer)
	if err != nil || at < 1 || at > len(r.told) {
		return -1, nil
	}
	return at - 1, nil
}

// read shows one message, and returns it to be chosen anew; −1 = no more.
func (r *reading) read(ctx context.Context, at int) (int, error) {
	e := r.told[at]
	text := e.Text
	if text == "" {
		text = "–" // it was for him alone, then
	}
	q := dialog.NewQuestion(protocol.Message{
		Kind: protocol.KindPopup, Title: e.Title, Details: e.Details, Sender: e.Sender,
		Text:    e.Time.Local().Format(time.DateTime) + "\n" + r.from(e) + "\n\n" + text,
		Buttons: []string{r.words.Text("history.back"), r.words.Text("word.close")},
	}, r.viewer)
	_, again, err := r.show(ctx, q)
	if !again || err != nil {
		return -1, err
	}
	return at, nil
}

// from is who a message is said to be from.
func (r *reading) from(e ledger.Event) string {
	if e.Scope == string(mailbox.ScopeAssigned) {
		return r.words.Text("origin.trusted")
	}
	return r.words.Text("origin.user", dialog.CleanLine(r.viewer.User))
}
