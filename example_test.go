package deskbell_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/deskbell/deskbell"
	"github.com/deskbell/deskbell/protocol"
)

func Example() {
	ctx := context.Background()
	reply, err := deskbell.Ask(ctx, "Install now?",
		deskbell.Buttons("Now", "Later"),
		deskbell.Icon(protocol.IconQuestion),
		deskbell.In("de", "Text", "Jetzt installieren?"),
		deskbell.Within(time.Hour),
	)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(reply.Choice)
	// Output: Now
}

func ExampleAsk() {
	_, err := deskbell.Ask(context.Background(), "Close this window, please", deskbell.Title("Example"))
	if errors.Is(err, deskbell.ErrDeclined) {
		fmt.Println("not now, then")
	}
	// Output: not now, then
}

func ExampleInput() {
	room, err := deskbell.Input(context.Background(), "Room?", deskbell.Pattern("[0-9]{3}", "Three digits, please"))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(room)
	// Output: 042
}

func ExampleChoose() {
	chosen, err := deskbell.Choose(context.Background(), "Which printer?", []string{"Ground floor", "First floor"})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(chosen[0])
	// Output: First floor
}

func ExampleNotify() {
	if err := deskbell.Notify(context.Background(), "The installation is complete"); err != nil {
		log.Fatal(err)
	}
	fmt.Println("told")
	// Output: told
}

func ExampleProgress() {
	bar, err := deskbell.Progress(context.Background(), "Copying")
	if err != nil {
		log.Fatal(err)
	}
	for i, file := range []string{"a", "b", "c"} {
		if err := bar.Set(i*100/3, file); err != nil {
			log.Fatal(err)
		}
	}
	if err := bar.Done(); err != nil {
		log.Fatal(err)
	}
	fmt.Println("copied")
	// Output: copied
}

func ExampleSend() {
	m := protocol.NewMessage("double") // see ExampleAttend
	m.Text = "ab"
	results, err := deskbell.Send(context.Background(), m)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(results[0].Outcome, results[0].Reply.Answer)
	// Output: answered abab
}

func ExamplePost() {
	ctx := context.Background()
	m := protocol.NewMessage(protocol.KindPopup)
	m.Text, m.Buttons = "Install now?", []string{"Now", "Later"}
	id, err := deskbell.Post(ctx, m)
	if err != nil {
		log.Fatal(err)
	}
	// By now this may be another process, which was told the id.
	reply, err := deskbell.Await(ctx, id)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(reply.Choice)
	// Output: Now
}

func ExampleError() {
	_, err := deskbell.Ask(context.Background(), "Close this window, please")
	if e := (*deskbell.Error)(nil); errors.As(err, &e) {
		switch e.Outcome {
		case deskbell.Nobody, deskbell.NoMonitor, deskbell.NotLoggedOn:
			fmt.Println("there is nobody to ask")
		default:
			fmt.Println("no answer:", e.Outcome)
		}
	}
	// Output: no answer: dismissed
}

func ExampleAttend() {
	// The process of the user's session: it shows questions, and handles a
	// kind of message of its own.
	ctx, cancel := context.WithCancel(context.Background())
	cancel() // it would attend until this
	err := deskbell.Attend(ctx, deskbell.Queue("example"), deskbell.Handle("double", doubler{}))
	fmt.Println(err)
	// Output: <nil>
}
