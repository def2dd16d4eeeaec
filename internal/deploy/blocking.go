package deploy

import (
	"context"
	"time"

	"github.com/deskbell/deskbell/internal/catalogue"
	"github.com/deskbell/deskbell/protocol"
)

// lookForBlocked is how often it is looked whether somebody has opened a program
// that is to stay closed.
const lookForBlocked = 500 * time.Millisecond

// block keeps programs closed until the function that it returns is called, which
// waits for the end of that: what somebody opens is ended at once, when there is
// nothing to be saved in it yet, and he is told why. Nothing is changed that would
// have to be changed back, whatever becomes of this process.
func (j *Job) block(ctx context.Context, who audience) (end func()) {
	if !j.Closing.Block || j.Closing.Programs == nil {
		return func() {}
	}
	ctx, stop := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		told := map[string]bool{}
		for j.Pause(ctx, lookForBlocked) == nil {
			open, err := j.running(ctx)
			if err != nil && ctx.Err() == nil {
				j.Log.Warn("look for programs that are to stay closed", "err", err)
			}
			for _, p := range open {
				if err := j.Closing.Programs.End(ctx, p); err != nil && ctx.Err() == nil {
					j.Log.Warn("keep a program closed", "program", p.Image, "err", err)
				}
				if who == present && !told[p.Name+"\x00"+p.Session.ID] {
					told[p.Name+"\x00"+p.Session.ID] = true
					j.tellOfBlock(ctx, p)
				}
			}
		}
	}()
	return func() {
		stop()
		<-done
	}
}

// tellOfBlock tells somebody why a program does not open.
func (j *Job) tellOfBlock(ctx context.Context, p Owned) {
	m, err := message(protocol.KindNotify, protocol.Fields{"Title": j.Title, "To": toOwner(p.Session), "Icon": protocol.IconInfo}, func(words *catalogue.Printer) protocol.Fields {
		return protocol.Fields{"Text": words.Text("close.block", j.Title, p.Name)}
	})
	if err == nil {
		err = j.Desk.Tell(ctx, m)
	}
	if err != nil && ctx.Err() == nil {
		j.Log.Warn("tell why a program does not open", "err", err)
	}
}
