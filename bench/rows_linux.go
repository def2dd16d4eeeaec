package main

var rows = []row{
	{"answer", "Asked to answered, beside the plainest inotify ping-pong", answer},
	{"pending", "What has piled up, answered", pending},
}
