package session

import "os/exec"

func unelevate(*exec.Cmd) (func(), error) { return func() {}, nil }
