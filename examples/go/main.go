// Command go asks a question with two buttons and prints the caption of the one
// pressed: Go without Deskbell's packages. On Linux it needs the standard
// library only and is woken by inotify; on Windows it needs
// golang.org/x/sys/windows and is woken by the registry.
//
// usage: go QUEUE SECONDS
//
// Exit status: 0 answered, 1 not answered, 5 not in time, 69 nobody attends,
// 70 error.
package main

import (
	"fmt"
	"os"
	"os/signal"
	"slices"
	"syscall"
	"time"
)

// reply is what an example reads of one.
type reply struct {
	Ready          bool
	Status, Choice string
}

// mailbox is where a question is put, on either system.
type mailbox interface {
	// attended reports whether a record of a monitor belongs to a process.
	attended() (bool, error)
	// put asks; the message is there whole.
	put(id, text string, buttons []string) error
	// wait waits for the reply, not ready where the time is over before.
	wait(id string, limit time.Duration) (reply, error)
	// forget clears away the message and, where there is one, its reply.
	forget(id string, replied bool) error
}

func main() {
	if len(os.Args) != 3 {
		os.Exit(64)
	}
	limit, err := time.ParseDuration(os.Args[2] + "s")
	if err != nil {
		os.Exit(64)
	}
	status, err := ask(os.Args[1], limit)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		status = 70
	}
	os.Exit(status)
}

func ask(queue string, limit time.Duration) (status int, err error) {
	box, err := open(queue)
	if err != nil {
		return 0, err
	}
	attended, err := box.attended()
	if err != nil {
		return 0, err
	}
	if !attended {
		fmt.Fprintln(os.Stderr, "nobody attends", queue)
		return 69, nil
	}
	id := fmt.Sprintf("go-%d-%d", os.Getpid(), time.Now().UnixNano())
	buttons := []string{"Now", "Tonight at eight"}
	withdrawWhenEnded(box, id)
	if err := box.put(id, "Install the update now?", buttons); err != nil {
		return 0, err
	}
	r, err := box.wait(id, limit)
	if forgotten := box.forget(id, r.Ready); err == nil {
		err = forgotten
	}
	switch {
	case err != nil:
		return 0, err
	case !r.Ready:
		fmt.Fprintln(os.Stderr, "no answer in time")
		return 5, nil
	case r.Status != "answered":
		fmt.Fprintln(os.Stderr, r.Status)
		return 1, nil
	case !slices.Contains(buttons, r.Choice): // only what was offered is an answer
		fmt.Fprintln(os.Stderr, "the reply does not fit the question")
		return 1, nil
	}
	fmt.Println(r.Choice)
	return 0, nil
}

// withdrawWhenEnded takes the question back when somebody ends us.
func withdrawWhenEnded(box mailbox, id string) {
	ended := make(chan os.Signal, 1)
	signal.Notify(ended, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-ended
		if err := box.forget(id, false); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
		os.Exit(130)
	}()
}
