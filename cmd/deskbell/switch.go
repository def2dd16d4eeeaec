package main

import "strings"

// switches are what the script of 2010 took as its first argument, in any case
// and with / or -, for what a command does now.
var switches = map[string][]string{
	"monitor":     {"monitor"},
	"stopqmon":    {"monitor", "stop"},
	"restartqmon": {"monitor", "restart"},
	"forcedown":   {"monitor", "kill"},
}

// modern puts a command in the place of a switch.
func modern(args []string) []string {
	if len(args) == 0 || args[0] == "" || !strings.ContainsRune("/-", rune(args[0][0])) {
		return args
	}
	command, ok := switches[strings.ToLower(args[0][1:])]
	if !ok {
		return args
	}
	return append(append([]string{}, command...), args[1:]...)
}
