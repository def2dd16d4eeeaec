package main

import (
	"fmt"
	"strings"
)

// switches are what the script of 2010 took as its first argument, in any case
// and with / or -, for what a command does now; nil where no command does it
// yet.
var switches = map[string][]string{
	"monitor":     {"monitor"},
	"stopqmon":    {"monitor", "stop"},
	"restartqmon": {"monitor", "restart"},
	"forcedown":   {"monitor", "kill"},
	"runmachine":  {"autostart", "--machine"},
	"runuser":     {"autostart", "--user"},
	"debug":       {"--debug"},
	"install":     nil,
	"uninstall":   nil,
	"reinstall":   nil,
}

// modern puts a command in the place of a switch, and of the one behind
// /DEBUG.
func modern(args []string) ([]string, error) {
	if len(args) == 0 || args[0] == "" || !strings.ContainsRune("/-", rune(args[0][0])) {
		return args, nil
	}
	name := strings.ToLower(args[0][1:])
	command, ok := switches[name]
	switch {
	case !ok:
		return args, nil
	case command == nil:
		return nil, &usageError{
			problem: fmt.Sprintf("%s cannot be done by this version yet", args[0]),
			hint:    "deskbell --help lists what it does",
		}
	}
	rest := args[1:]
	if name == "debug" {
		var err error
		if rest, err = modern(rest); err != nil {
			return nil, err
		}
	}
	return append(append([]string{}, command...), rest...), nil
}
