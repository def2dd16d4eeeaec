package main

var rows = []row{
	{"answer", "Windows", answer},
	{"script", "Windows", script},
	{"pending", "Windows", pending},
}

// piles are how many messages have piled up. Wine needs minutes for ten times as
// many.
var piles = []int{100, 1_000, 10_000}
