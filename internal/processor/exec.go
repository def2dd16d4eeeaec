package processor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/deskbell/deskbell/internal/child"
	"github.com/deskbell/deskbell/protocol"
)

const (
	// execGrace is how long a program may take to end after its input has.
	execGrace = 2 * time.Second
	// maxReason bounds what a program gives as the reason, in bytes.
	maxReason = 4 << 10
	// execChannel begins the name of the channel; that of the program follows.
	execChannel = "processor:"
)

// Exec handles messages of one kind with a program of the administrator's
// (docs/processors.md). It is made by Programs.
type Exec struct {
	kind     string
	programs Programs
	turns    chan struct{} // has room for those that run
}

// Process implements Processor. It starts the program, unless somebody but an
// administrator could have put it there, and blocks until it has ended; when
// ctx is cancelled it ends the program and all that this has started. The
// error says why the program was refused or how it failed.
func (e Exec) Process(ctx context.Context, m protocol.Message, updates <-chan protocol.Message) (protocol.Reply, error) {
	m, err := e.turn(ctx, m, updates)
	if err != nil {
		return protocol.Reply{}, err
	}
	defer func() { <-e.turns }()
	path, err := e.programs.find(e.kind)
	if errors.Is(err, fs.ErrNotExist) {
		return protocol.Reply{
			Status: protocol.StatusRejected, Button: protocol.NoButton,
			Error: fmt.Sprintf("field Kind: nobody handles %q any more", e.kind),
		}, nil
	}
	if err != nil {
		return protocol.Reply{}, fmt.Errorf("processor %s is not started: %w", e.kind, err)
	}
	reply := protocol.Reply{Channel: execChannel + e.kind, ShownAt: time.Now()}
	data, err := e.run(ctx, path, m, updates)
	if err == nil {
		err = take(&reply, data)
	} else if ctx.Err() != nil {
		return reply, context.Cause(ctx)
	}
	if err != nil {
		return reply, fmt.Errorf("processor %s: %w", e.kind, err)
	}
	return reply, nil
}

// turn blocks until the program may run, or ctx is done. It returns the
// message as it is then.
func (e Exec) turn(ctx context.Context, m protocol.Message, updates <-chan protocol.Message) (protocol.Message, error) {
	for {
		if ctx.Err() != nil {
			return m, context.Cause(ctx)
		}
		select {
		case <-ctx.Done():
		case e.turns <- struct{}{}:
			return m, nil
		case newer, ok := <-updates:
			if !ok {
				updates = nil
				continue
			}
			m = newer
		}
	}
}

// run runs the program and returns the line that it gave, if it ended well.
func (e Exec) run(ctx context.Context, path string, m protocol.Message, updates <-chan protocol.Message) ([]byte, error) {
	limit := e.programs.Limit
	running, end := context.WithTimeoutCause(ctx, limit, fmt.Errorf("it ran for longer than %v", limit))
	defer end()
	first, err := e.encode(m)
	if err != nil {
		return nil, err
	}
	p, err := child.Start(running, child.Command{
		Path: path, Env: environment(e.programs.Queue), Dir: filepath.Dir(path), Grace: execGrace,
	})
	if err != nil {
		return nil, err
	}
	p.Send(first)
	err = e.feed(p, updates)
	data, lineErr := p.Line()
	p.CloseInput()
	exitErr := p.Wait()
	if lineErr == nil {
		lineErr = exitErr // what a program says that fails thereafter is not believed
	}
	if lineErr != nil && running.Err() != nil {
		return nil, context.Cause(running)
	}
	return data, errors.Join(lineErr, err)
}

// feed passes updates on until the program has given its line, or ended. One
// that cannot be written is an error, as the program's answer would be to
// another message.
func (e Exec) feed(p *child.Process, updates <-chan protocol.Message) error {
	var failure error
	for {
		select {
		case <-p.Given():
			return failure
		case m, ok := <-updates:
			if !ok {
				updates = nil
				continue
			}
			data, err := e.encode(m)
			if err != nil {
				failure = err
				continue
			}
			p.Send(data)
		}
	}
}

// encode returns the line that a program reads: the fields of the message, and
// what is not for its sender to say.
func (e Exec) encode(m protocol.Message) ([]byte, error) {
	fields := m.Fields()
	for name := range fields {
		// Names are compared as encoding/json does, for which a long s is an s:
		// a program written in Go would take the forged one.
		if slices.ContainsFunc([]string{"id", "queue", "user", "ready"}, func(ours string) bool { return strings.EqualFold(name, ours) }) {
			delete(fields, name)
		}
	}
	fields["Id"], fields["Queue"], fields["User"] = m.ID, e.programs.Queue, e.programs.User
	data, err := json.Marshal(fields)
	if err != nil {
		return nil, fmt.Errorf("write the message for it: %w", err)
	}
	return data, nil
}

// take fills in what a program may say in its reply.
func take(reply *protocol.Reply, data []byte) error {
	fields, err := protocol.ParseJSON(data)
	if err != nil {
		return err
	}
	told, err := protocol.DecodeReply(fields)
	if err != nil {
		return err
	}
	if !told.Status.Final() {
		return fmt.Errorf("its status is %q", told.Status)
	}
	for _, text := range append([]string{told.Answer, told.Choice}, told.Items...) {
		if strings.ContainsRune(text, 0) {
			return errors.New("there is a NUL in it")
		}
	}
	reply.Status, reply.Button, reply.Choice = told.Status, told.Button, told.Choice
	reply.Answer, reply.Items, reply.Checked = told.Answer, told.Items, told.Checked
	if told.Status == protocol.StatusRejected || told.Status == protocol.StatusFailed {
		reason := child.OneLine(told.Error)
		reply.Error = strings.ToValidUTF8(reason[:min(len(reason), maxReason)], "")
	}
	return nil
}
