package main

var rows = []row{
	{"answer", "Linux: asked to answered, beside the plainest inotify ping-pong", answer},
	{"pending", "Linux: what has piled up, answered", pending},
	{"window", "Linux: program started to window on screen", window},
	{"answer", "Wine", inWine("answer")},
	{"pending", "Wine", inWine("pending")},
	{"window", "Wine: program started to window on screen", wineWindow},
	{"idle", "Linux and Wine: a monitor with nothing to do", idle},
}
