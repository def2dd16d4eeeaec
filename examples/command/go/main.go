// The same with the deskbell command, in Go.
package main

import (
	"os"
	"os/exec"
)

func main() {
	ask := exec.Command("deskbell", "ask", "Install the update now?", "--queue", os.Args[1], "--button", "Now", "--button", "Tonight at eight", "--within", os.Args[2]+"s")
	ask.Stdout, ask.Stderr = os.Stdout, os.Stderr
	if ask.Run() != nil && ask.ProcessState.ExitCode() > 1 {
		os.Exit(ask.ProcessState.ExitCode())
	}
}
