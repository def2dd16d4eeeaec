package main

import "os"

// agentLogs is where logs of software distribution are: agents here have no place
// of their own for those of others.
func agentLogs() (string, error) {
	const dir = "/var/log/deskbell"
	return dir, os.MkdirAll(dir, 0o750)
}
