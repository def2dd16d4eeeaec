package main

var rows = []row{
	{"answer", "Asked to answered, beside the plainest registry ping-pong", answer},
	{"script", "A process that asks and ends, beside a bare program that does", script},
	{"pending", "What has piled up, answered", pending},
}
