// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// patience is how long a server may take to start.
const patience = 30 * time.Second

// server is a process that answers on a loopback address.
type server struct {
	address string
	cmd     *exec.Cmd
	log     bytes.Buffer
	exited  chan struct{}
}

// start runs cmd and waits until it listens on address.
func start(ctx context.Context, cmd *exec.Cmd, address string) (*server, error) {
	s := &server{address: address, cmd: cmd, exited: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = &s.log, &s.log
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		_ = cmd.Wait() // it is told to stop, so how it ends says nothing
		close(s.exited)
	}()
	timeout := time.After(patience)
	for {
		if conn, err := net.Dial("tcp", address); err == nil {
			conn.Close()
			return s, nil
		}
		select {
		case <-s.exited:
			return nil, fmt.Errorf("%s ended instead of listening on %s:\n%s", cmd.Path, address, &s.log)
		case <-timeout:
			s.stop()
			return nil, fmt.Errorf("%s does not listen on %s", cmd.Path, address)
		case <-ctx.Done():
			s.stop()
			return nil, ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// stop ends the process.
func (s *server) stop() {
	_ = s.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-s.exited:
	case <-time.After(patience):
		_ = s.cmd.Process.Kill()
		<-s.exited
	}
}

// processorTime returns the seconds that the server has computed so far, in its
// own code and in the kernel's.
func (s *server) processorTime() (float64, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	return processorTime(string(stat))
}

// processorTime reads utime and stime, fields 14 and 15 of proc_pid_stat(5),
// whose unit is 1/100 s on every Linux that Go runs on.
func processorTime(stat string) (float64, error) {
	const ticks = 100
	fields := strings.Fields(stat[strings.LastIndexByte(stat, ')')+1:]) // from the third on
	if len(fields) < 13 {
		return 0, errors.New("/proc/<pid>/stat is too short")
	}
	user, err1 := strconv.ParseFloat(fields[11], 64)
	system, err2 := strconv.ParseFloat(fields[12], 64)
	return (user + system) / ticks, errors.Join(err1, err2)
}

// shot is what one run of the load generator measured.
type shot struct {
	perSecond float64 // requests
	processor float64 // seconds of the server's processor time per request
}

// fire sends requests to the server, which must all be answered with what a
// refresh is answered with.
func (s *server) fire(ctx context.Context, path, token string, requests, connections int) (shot, error) {
	before, err := s.processorTime()
	if err != nil {
		return shot{}, err
	}
	perSecond, err := load(ctx, s.address, path, requests, connections, "-body", `{"refresh":"`+token+`"}`)
	if err != nil {
		return shot{}, err
	}
	after, err := s.processorTime()
	return shot{perSecond: perSecond, processor: (after - before) / float64(requests)}, err
}

// load runs the load generator and returns how many requests a second were
// answered with what a refresh is answered with. The flags say what is sent.
func load(ctx context.Context, address, path string, requests, connections int, flags ...string) (perSecond float64, err error) {
	args := append([]string{
		"-address", address, "-path", path, "-expect", `{"access":"`,
		"-requests", strconv.Itoa(requests), "-connections", strconv.Itoa(connections),
	}, flags...)
	out, err := exec.CommandContext(ctx, "bin/load", args...).Output()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return 0, fmt.Errorf("%w: %s", err, exit.Stderr)
	}
	if err != nil {
		return 0, err
	}
	seconds, err := strconv.ParseFloat(strings.TrimSpace(string(out)), 64)
	return float64(requests) / seconds, err
}
