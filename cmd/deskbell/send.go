package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/deskbell/deskbell/protocol"
)

func (c *call) send() *cobra.Command {
	command := &cobra.Command{
		Use:   "send [FILE]",
		Short: "Send a message given as JSON, from a file or stdin, and print its reply as JSON",
		Example: `  echo '{"text":"Install now?","buttons":["Now","Later"]}' | deskbell send
  deskbell send question.json --timeout 5m`,
		Annotations: map[string]string{alwaysJSON: "1"},
	}
	s := c.addSender(command)
	set := c.addFields(command, "")
	command.RunE = func(command *cobra.Command, args []string) error {
		if err := noMore(set, args[min(1, len(args)):]); err != nil {
			return err
		}
		m, err := readMessage(c.stdin, args, set.values)
		if err != nil {
			return err
		}
		return c.deliver(command.Context(), command, s, m)
	}
	return command
}

// readMessage reads a message from the file named, else from stdin, and puts
// the fields given by flags over its own.
func readMessage(stdin io.Reader, args []string, over protocol.Fields) (protocol.Message, error) {
	source := stdin
	if len(args) > 0 && args[0] != "-" {
		file, err := os.Open(args[0])
		if err != nil {
			return protocol.Message{}, &usageError{problem: "read the message: " + err.Error()}
		}
		defer file.Close()
		source = file
	}
	data, err := io.ReadAll(io.LimitReader(source, protocol.MaxEncoded+1))
	if err != nil {
		return protocol.Message{}, fmt.Errorf("read the message: %w", err)
	}
	given, err := protocol.ParseJSON(data)
	if err != nil {
		return protocol.Message{}, err
	}
	for name, value := range over {
		for other := range given {
			if strings.EqualFold(other, name) {
				delete(given, other)
			}
		}
		given[name] = value
	}
	return protocol.DecodeMessage(given)
}
