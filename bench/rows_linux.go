package main

var rows = []row{
	{"answer", "Linux, in memory: asked to answered, beside the plainest inotify ping-pong", inMemory(answer)},
	{"answer", "Linux, on disk: asked to answered, beside the plainest inotify ping-pong", answer},
	{"script", "Linux, in memory: a process that asks and ends, beside a bare program that does", inMemory(script)},
	{"pending", "Linux, in memory: what has piled up, answered", inMemory(pending)},
	{"senders", "Linux, in memory: many senders at once", inMemory(senders)},
	{"monitors", "Linux, in memory: many monitors at once", inMemory(monitors)},
	{"growth", "Linux, in memory: a monitor after many messages", inMemory(growth)},
	{"size", "The programs", size},
	{"window", "Linux: program started to window on screen", window},
	{"answer", "Wine", inWine("answer")},
	{"script", "Wine", inWine("script")},
	{"pending", "Wine", inWine("pending")},
	{"window", "Wine: program started to window on screen", wineWindow},
	{"idle", "Linux and Wine: a monitor with nothing to do", idle},
}
