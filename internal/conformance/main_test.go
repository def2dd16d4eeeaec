package conformance

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"golang.org/x/text/language"

	"github.com/deskbell/deskbell/internal/dialog/ui"
	"github.com/deskbell/deskbell/internal/mailbox"
	"github.com/deskbell/deskbell/internal/monitor"
	"github.com/deskbell/deskbell/protocol"
)

// asEnv makes the test binary a sender or monitor with a fault: "monitor deaf".
const asEnv = "DESKBELL_TEST_AS"

func TestMain(m *testing.M) {
	if as := os.Getenv(asEnv); as != "" {
		if err := be(strings.Fields(as)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			status := exitStatus(1)
			errors.As(err, &status)
			os.Exit(int(status))
		}
		return
	}
	os.Exit(runTests(m))
}

// runTests has the mailboxes of all tests in a directory of their own, where
// there are directories.
func runTests(m *testing.M) int {
	dir, err := os.MkdirTemp("", "deskbell-conformance-")
	if err == nil {
		err = os.Setenv("DESKBELL_RUNTIME_DIR", dir)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	status := m.Run()
	if err := os.RemoveAll(dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return status
}

// exitStatus is an error that a program ends with.
type exitStatus int

func (e exitStatus) Error() string { return "exit status " + strconv.Itoa(int(e)) }

// as starts the test binary as another program.
func as(words ...string) *exec.Cmd {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), asEnv+"="+strings.Join(words, " "), "GORACE=atexit_sleep_ms=0")
	return cmd
}

// be is what the test binary does as another program: what it is, its queue,
// its fault, and what else it is given.
func be(words []string) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	switch words[0] {
	case "wait":
		_, err := io.Copy(io.Discard, os.Stdin)
		return err
	case "monitor":
		return attend(ctx, words[1], words[2], words[3])
	}
	seconds, err := time.ParseDuration(words[3] + "s")
	if err != nil {
		return err
	}
	return askOne(ctx, words[1], words[2], seconds)
}

var queues atomic.Int32

// newQueue is a queue of the test's own.
func newQueue() string {
	return fmt.Sprintf("conformance-test-%d-%d", os.Getpid(), queues.Add(1))
}

// attend runs our monitor on a store with a fault.
func attend(ctx context.Context, queue, fault, person string) error {
	store, err := openStore(queue)
	if err != nil {
		return err
	}
	box, err := mailbox.New(faultyStore{store, fault}, mailbox.Options{})
	if err != nil {
		return err
	}
	user, err := ui.Open("script:"+person, ui.Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	err = monitor.Run(ctx, monitor.Options{
		Queue: queue, Mailbox: box, Dialog: user, Languages: []language.Tag{language.English},
		Session: "1", User: "tester", Version: "test",
	})
	if attended := (*mailbox.AttendedError)(nil); errors.As(err, &attended) {
		const alreadyThere = 3
		return exitStatus(alreadyThere)
	}
	return err
}

// Faults of a monitor.
const (
	grabs   = "grabs"   // it makes claims over those of others
	deaf    = "deaf"    // it leaves the claims of what was withdrawn
	texts   = "texts"   // it writes numbers as text
	inPlace = "inplace" // it writes its replies under their names
)

// slowly is no fault: its record begins with its Pid, and the rest comes later.
const slowly = "slowly"

// faultyStore is a store of somebody who has read the page in a hurry.
type faultyStore struct {
	mailbox.Store
	fault string
}

func (s faultyStore) Create(box mailbox.Box, name string, fields protocol.Fields) error {
	if s.fault == slowly && box == mailbox.Monitor {
		begun := protocol.Fields{"Pid": fields["Pid"], "Started": fields["Started"]}
		if err := s.Store.Create(box, name, begun); err != nil {
			return err
		}
		<-time.After(time.Second)
		return s.Store.Replace(box, name, fields, func(mailbox.Record) error { return nil })
	}
	err := s.Store.Create(box, name, fields)
	if s.fault == grabs && box == mailbox.Outbox && err != nil {
		return errors.Join(s.Store.Remove(box, name), s.Store.Create(box, name, fields))
	}
	return err
}

func (s faultyStore) Replace(box mailbox.Box, name string, fields protocol.Fields, check func(mailbox.Record) error) error {
	if box == mailbox.Outbox && s.fault == texts {
		for name, value := range fields {
			if n, ok := value.(int); ok {
				fields[name] = strconv.Itoa(n)
			}
		}
	}
	if err := s.Store.Replace(box, name, fields, check); err != nil || box != mailbox.Outbox || s.fault != inPlace {
		return err
	}
	return writeInPlace(s.Store, name, fields)
}

func (s faultyStore) Remove(box mailbox.Box, name string) error {
	if s.fault == deaf && box == mailbox.Outbox {
		return nil
	}
	return s.Store.Remove(box, name)
}

// Faults of a sender.
const (
	hasty     = "hasty"     // it takes what is not Ready
	careless  = "careless"  // it leaves message and reply
	credulous = "credulous" // it believes whatever a reply says
	forgetful = "forgetful" // it uses one id for all its messages
	openly    = "openly"    // it writes its message under its name
	fleeting  = "fleeting"  // none: of a second it leaves nothing to look at its message
)

// askOne asks a question and prints the answer.
func askOne(ctx context.Context, queue, fault string, limit time.Duration) (err error) {
	store, err := openStore(queue)
	if err != nil {
		return err
	}
	box, err := mailbox.New(store, mailbox.Options{})
	if err != nil {
		return err
	}
	m := protocol.NewMessage(protocol.KindPopup)
	m.Text, m.Buttons = "Now?", []string{"Now", "Later"}
	id := protocol.NewID()
	if fault == forgetful {
		id = forgetful
	}
	if fault == openly {
		err = writeMessage(store, id, m.Fields())
	} else {
		err = box.Put(id, m)
	}
	if err != nil {
		return err
	}
	if fault == fleeting && limit <= time.Second {
		return errors.Join(context.DeadlineExceeded, box.Forget(id))
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	reply, err := awaitFaulty(ctx, box, store, fault, id, m)
	if fault != careless || err != nil {
		if forgotten := box.Forget(id); err == nil {
			err = forgotten
		}
	}
	if err == nil && reply.Status != protocol.StatusAnswered {
		err = fmt.Errorf("it is %s", reply.Status)
	}
	if err == nil {
		fmt.Println(reply.Choice)
	}
	return err
}

func awaitFaulty(ctx context.Context, box *mailbox.Mailbox, store mailbox.Store, fault, id string, m protocol.Message) (protocol.Reply, error) {
	if fault != hasty && fault != credulous {
		return box.Await(ctx, id, m)
	}
	watching, stop := context.WithCancel(ctx)
	changes, err := store.Watch(watching, mailbox.Outbox)
	if err != nil {
		stop()
		return protocol.Reply{}, err
	}
	defer func() {
		stop()
		for range changes {
		}
	}()
	for range changes {
		r, err := store.Read(mailbox.Outbox, id)
		if err != nil {
			continue
		}
		reply, err := protocol.DecodeReply(r.Fields)
		if err != nil {
			continue
		}
		if fault == credulous && reply.Ready {
			return reply, nil
		}
		if fault == hasty && reply.Status.Final() {
			return m.Fit(reply)
		}
	}
	return protocol.Reply{}, context.Cause(ctx)
}

// person is the script of who does what the windows say.
func person(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "person")
	if err := os.WriteFile(file, []byte(Person()), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}
