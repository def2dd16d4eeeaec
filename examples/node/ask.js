#!/usr/bin/env node
// Asks a question with two buttons and prints the caption of the one pressed.
// Node.js 14 and later on Linux, with what comes with it. It is woken by fs.watch.
// usage: node ask.js QUEUE SECONDS
// Exit status: 0 answered, 1 not answered, 5 not in time, 69 nobody attends.
'use strict';
const fs = require('fs');
const path = require('path');
const { randomUUID } = require('crypto');

const [queue, seconds] = process.argv.slice(2);
const root = process.env.DESKBELL_RUNTIME_DIR || `/run/user/${process.geteuid()}/deskbell`;
const box = path.join(root, queue);
const buttons = ['Now', 'Tonight at eight'];
const id = randomUUID();
const question = path.join(box, 'inbox', id + '.json');
const reply = path.join(box, 'outbox', id + '.json');

// load returns what is in a JSON file, nothing where there is none.
function load(file) {
	try {
		return JSON.parse(fs.readFileSync(file, 'utf8'));
	} catch (error) {
		if (error.code === 'ENOENT') return {};
		throw error;
	}
}

function runs(pid) {
	try {
		return process.kill(pid, 0);
	} catch (error) {
		return error.code === 'EPERM';
	}
}

// A record counts while its process runs.
function attended() {
	const dir = path.join(box, 'monitor');
	if (!fs.existsSync(dir)) return false;
	return fs.readdirSync(dir)
		.filter((name) => /^[^.].*\.json$/.test(name))
		.some((name) => runs(load(path.join(dir, name)).pid));
}

// wait resolves to the reply, or to nothing when the time is over. It watches,
// looks and only then waits.
function wait() {
	return new Promise((resolve) => {
		const watcher = fs.watch(path.dirname(reply), look);
		const timer = setTimeout(() => done(), seconds * 1000);
		function done(answer) {
			watcher.close();
			clearTimeout(timer);
			resolve(answer);
		}
		function look() {
			const answer = load(reply);
			if (answer.ready) done(answer);
		}
		look();
	});
}

async function main() {
	if (!attended()) {
		console.error(`nobody attends ${queue}`);
		return 69;
	}

	// Ask: a file that gets its name when it is whole. Who ends us takes it back.
	for (const signal of ['SIGINT', 'SIGTERM']) {
		process.on(signal, () => { fs.rmSync(question, { force: true }); process.exit(130); });
	}
	process.umask(0o077);
	for (const file of [question, reply]) fs.mkdirSync(path.dirname(file), { recursive: true });
	const part = path.join(box, 'inbox', '.' + id);
	fs.writeFileSync(part, JSON.stringify({ text: 'Install the update now?', buttons }));
	fs.renameSync(part, question);

	const answer = await wait();

	// Clean up. Without a reply that takes the question back.
	fs.rmSync(question, { force: true });
	if (!answer) {
		console.error('no answer in time');
		return 5;
	}
	fs.rmSync(reply, { force: true }); // the monitor may have been faster

	// Read the answer. Only what was offered is one.
	if (answer.status !== 'answered') {
		console.error(answer.status);
		return 1;
	}
	if (!buttons.includes(answer.choice)) {
		console.error('the reply does not fit the question');
		return 1;
	}
	console.log(answer.choice);
	return 0;
}

main().then((status) => { process.exitCode = status; });
