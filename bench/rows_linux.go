package main

var rows = []row{
	{"answer", "Linux, in memory: asked to answered, beside the plainest inotify ping-pong", inMemory(answer)},
	{"answer", "Linux, on disk: asked to answered, beside the plainest inotify ping-pong", answer},
	{"pending", "Linux, in memory: what has piled up, answered", inMemory(pending)},
	{"window", "Linux: program started to window on screen", window},
	{"answer", "Wine", inWine("answer")},
	{"pending", "Wine", inWine("pending")},
	{"window", "Wine: program started to window on screen", wineWindow},
	{"idle", "Linux and Wine: a monitor with nothing to do", idle},
}
