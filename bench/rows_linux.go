package main

var rows = []row{
	{"answer", "Linux, in memory", inMemory(answer)},
	{"answer", "Linux, on disk", answer},
	{"answer", "Wine", inWine("answer")},
	{"script", "Linux, in memory", inMemory(script)},
	{"script", "Wine", inWine("script")},
	{"pending", "Linux, in memory", inMemory(pending)},
	{"pending", "Wine", inWine("pending")},
	{"senders", "Linux, in memory", inMemory(senders)},
	{"monitors", "Linux, in memory", inMemory(monitors)},
	{"growth", "Linux, in memory", inMemory(growth)},
	{"size", "", size},
	{"window", "Linux", window},
	{"window", "Wine", wineWindow},
	{"idle", "", idle},
}

// piles are how many messages have piled up.
var piles = []int{100, 1_000, 10_000, 100_000}
