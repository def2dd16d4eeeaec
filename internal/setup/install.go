package setup

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/deskbell/deskbell/internal/mailbox"
	"github.com/deskbell/deskbell/internal/service"
)

// Installation is what a queue has on this computer, besides what its users
// make for themselves: the program where administrators alone can change it,
// the machine mailbox with its access lists, on Windows the link for 32-bit
// programs and the source of events, and the service.
type Installation struct {
	Queue     string // as protocol.ParseQueue returns it
	Program   string // absolute path of the running program
	Version   string // of it
	NoService bool   // no service, and no program for it
	// Trusted says why a program must not be started with all rights; nil =
	// trust.AdminsOnly.
	Trusted func(path string) error
	// Administrator says why this process has not the rights to install; nil =
	// to look whether it has.
	Administrator func() error
}

// PrivateError says that the service would not use the mailboxes that the
// environment names.
type PrivateError struct{ Dir string }

func (e *PrivateError) Error() string {
	return "the service does not use DESKBELL_STATE_DIR, " + e.Dir
}

// stateEnv names another place for the mailboxes of the computer, on Linux.
const stateEnv = "DESKBELL_STATE_DIR"

// Install makes what is missing and puts right what is not as it should be, in
// order, and stops at what cannot be done. It returns how all is then: Good
// means that it is installed. Nothing is changed where the error is a
// *service.PermissionError, a *PrivateError or service.ErrNoManager. It waits
// for the service to run until ctx is done.
func (i Installation) Install(ctx context.Context) ([]Finding, error) {
	if err := i.begin("install Deskbell"); err != nil {
		return nil, err
	}
	return i.carryOut(ctx, i.things())
}

// Reinstall is Install with this program in the place of the one that is
// installed: the service is stopped before. Messages stay, and what became of
// others.
func (i Installation) Reinstall(ctx context.Context) ([]Finding, error) {
	if err := i.begin("reinstall Deskbell"); err != nil {
		return nil, err
	}
	if !i.private() {
		if err := i.definition().Stop(ctx); err != nil {
			return nil, err
		}
	}
	return i.carryOut(ctx, i.things())
}

// carryOut makes one thing after the other, and reads all back.
func (i Installation) carryOut(ctx context.Context, things []thing) ([]Finding, error) {
	acts := make([]string, len(things))
	var failed error
	at := -1
	for n, t := range things {
		before := t.look(ctx)
		if Good(before) {
			continue
		}
		acts[n] = t.act(before...)
		if failed = t.make(ctx); failed != nil {
			at = n
			break
		}
	}
	var all []Finding
	for n, t := range things {
		for _, f := range t.look(ctx) {
			if f.State != Note {
				f.Act = acts[n]
			}
			if f.State != OK && f.State != Note {
				if n == at {
					f.Problem = failed.Error()
				} else if f.Problem == "" {
					f.Problem = "it is " + string(f.State)
				}
				f.State = Failed
			}
			all = append(all, f)
		}
	}
	return all, ctx.Err()
}

// Plan says what Install would do, and changes nothing. It needs no rights,
// but without them it cannot look at everything.
func (i Installation) Plan(ctx context.Context) ([]Finding, error) {
	if err := i.possible(); err != nil {
		return nil, err
	}
	var all []Finding
	for _, t := range i.things() {
		for _, f := range t.look(ctx) {
			if f.State != OK && f.State != Note && f.State != Unseen {
				f.Act = t.act(f)
			}
			all = append(all, f)
		}
	}
	return all, ctx.Err()
}

// begin looks whether it can be done at all.
func (i Installation) begin(what string) error {
	rights := i.Administrator
	if rights == nil {
		rights = func() error { return nil }
		if !i.private() || !mailbox.Administrator() {
			rights = func() error { return service.Administrator(what) }
		}
	}
	if err := rights(); err != nil {
		return err
	}
	return i.possible()
}

func (i Installation) possible() error {
	if i.NoService {
		return nil
	}
	if dir := os.Getenv(stateEnv); i.private() {
		return &PrivateError{dir}
	}
	return service.Available()
}

// private reports whether the mailboxes are in a place of their own, which the
// service knows nothing of.
func (i Installation) private() bool { return os.Getenv(stateEnv) != "" && stateEnvCounts }

// things are the parts of the installation in the order in which they are made.
func (i Installation) things() []thing {
	things := append([]thing{i.machine()}, i.systemThings()...)
	if !i.NoService && !i.private() {
		if !i.inPlace() {
			things = append([]thing{i.program()}, things...)
		}
		d := i.definition()
		things = append(things, i.autostart(), i.registered(d), i.running(d))
	}
	return append(things, i.lastThings()...)
}

// machineMailbox is what its keys or folders are called.
const machineMailbox = "machine mailbox"

// machine is the mailbox of the computer.
func (i Installation) machine() thing {
	place := mailbox.Place{Queue: i.Queue, Scope: mailbox.ScopeMachine}
	return thing{
		look:   func(context.Context) []Finding { return lookAt(machineMailbox, place) },
		make:   func(context.Context) error { return mailbox.Make(place) },
		remove: func(context.Context) error { return mailbox.Delete(place) },
		gone:   func(context.Context) []Finding { return leftOf(machineMailbox, place, sharedByOthers) },
	}
}

// lookAt looks at each key or folder of a mailbox.
func lookAt(what string, place mailbox.Place) []Finding {
	components, err := mailbox.Inspect(place)
	if err != nil {
		return []Finding{{What: what, State: Failed, Problem: err.Error()}}
	}
	var findings []Finding
	for _, c := range components {
		findings = append(findings, finding(what, c.Path, c.Problem))
	}
	return findings
}

// definition is the service of the queue.
func (i Installation) definition() service.Definition {
	return service.Definition{Queue: i.Queue, Program: i.target()}
}

// registered is the service as it is registered.
func (i Installation) registered(d service.Definition) thing {
	return thing{
		look: func(ctx context.Context) []Finding {
			s, err := d.Status(ctx)
			f := finding("service", d.Place(), err)
			switch {
			case err != nil:
				f.State = Failed
			case s.State == service.Missing:
				f.State = Missing
			case s.Different != "":
				f.State, f.Problem = Different, s.Different
			}
			return []Finding{f}
		},
		make: func(ctx context.Context) error {
			if err := i.Trust(d.Program); err != nil {
				return err
			}
			// One that runs as it was before is started anew.
			return errors.Join(d.Stop(ctx), d.Install(ctx))
		},
		remove: d.Uninstall,
	}
}

// running is the service as it runs.
func (i Installation) running(d service.Definition) thing {
	return thing{
		look: func(ctx context.Context) []Finding {
			s, err := d.Status(ctx)
			f := finding("service runs", d.Name(), err)
			switch {
			case err != nil:
				f.State = Failed
			case s.State != service.Running:
				f.State, f.Problem = Different, fmt.Sprintf("it is %s", s.State)
				if s.Said != "" {
					f.Problem += ": " + s.Said
				}
			case s.Pid != 0 && exchanged(s.Pid, d.Program):
				f.State, f.Problem = Different, "it was started before its program was exchanged: it is another version"
			}
			return []Finding{f}
		},
		make:   func(ctx context.Context) error { return errors.Join(d.Stop(ctx), d.Start(ctx)) },
		remove: d.Stop,
		verb:   "start",
	}
}

// autostart is the entry for everybody, where there is one: it is to start the
// program that is installed.
func (i Installation) autostart() thing {
	entry := Autostart{Queue: i.Queue, Program: windowed(i.target()), Machine: true, Trusted: i.Trusted}
	return thing{
		look: func(context.Context) []Finding {
			is, err := entry.entry()
			if err == nil && is == "" {
				return nil
			}
			want, textErr := entry.text()
			f := finding("autostart", entry.Place(), errors.Join(err, textErr))
			switch {
			case f.State != OK:
				f.State = Failed
			case is != want:
				f.State, f.Problem = Different, "it starts another program: "+is
			}
			return []Finding{f}
		},
		make:   func(context.Context) error { _, err := entry.Set(); return err },
		remove: func(context.Context) error { _, err := entry.Remove(); return err },
		gone:   func(context.Context) []Finding { return entryLeft(entry) },
	}
}

// entryLeft is an autostart entry that is there.
func entryLeft(entry Autostart) []Finding {
	is, err := entry.entry()
	if err == nil && is == "" {
		return nil
	}
	f := finding("autostart", entry.Place(), err)
	f.Problem = is
	return []Finding{f}
}

// RunService is what an *UntrustedError of Trust was about.
const RunService = "run the service"

// Trust returns nil where a program may be started with all rights, else an
// *UntrustedError.
func (i Installation) Trust(program string) error {
	trusted := i.Trusted
	if trusted == nil {
		trusted = adminsOnly
	}
	if err := trusted(program); err != nil {
		return &UntrustedError{RunService, err}
	}
	return nil
}
