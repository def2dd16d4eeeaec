package main

import "strings"

// switches are what the script of 2010 took as its first argument, in any case
// and with / or -, for what a command does now.
var switches = map[string][]string{
	"monitor":     {"monitor"},
	"stopqmon":    {"monitor", "stop"},
	"restartqmon": {"monitor", "restart"},
	"forcedown":   {"monitor", "kill"},
	"runmachine":  {"autostart", "--machine"},
	"runuser":     {"autostart", "--user"},
	"debug":       {"--debug"},
	"install":     {"install"},
	"uninstall":   {"uninstall"},
	"reinstall":   {"reinstall"},
}

// modern puts a command in the place of a switch, and of the one behind
// /DEBUG.
func modern(args []string) []string {
	if len(args) == 0 || args[0] == "" || !strings.ContainsRune("/-", rune(args[0][0])) {
		return args
	}
	name := strings.ToLower(args[0][1:])
	command, ok := switches[name]
	if !ok {
		return args
	}
	rest := args[1:]
	if name == "debug" {
		rest = modern(rest)
	}
	return append(append([]string{}, command...), rest...)
}
