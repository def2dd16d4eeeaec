//go:build linux

// Command suite is `make test`: it installs what is missing, builds, and runs
// every test there is, on Linux and under Wine. What could not be run is listed
// at the end; for root, and where CI is set, that is a failure.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	ok := run(ctx)
	stop()
	if !ok {
		fmt.Println("FAIL")
		os.Exit(1)
	}
}

// run runs all stages in two lanes, as many as the smallest machine has cores,
// then the last stage by itself, and reports whether all went well.
func run(ctx context.Context) bool {
	start := time.Now()
	installed := install(ctx)
	if installed != nil {
		fmt.Println(installed)
	}
	s, err := newSuite()
	if err != nil {
		fmt.Println(err)
		return false
	}
	defer s.close()

	if !s.stage(ctx, "build", nil, run1("make", "--no-print-directory", "build")) {
		return false
	}
	linux := make(chan struct{})
	go func() {
		defer close(linux)
		s.linux(ctx)
	}()
	s.windows(ctx)
	<-linux
	s.summary(time.Since(start))
	return s.stage(ctx, "bed", display, goTest("./test/bed")) && s.good()
}
