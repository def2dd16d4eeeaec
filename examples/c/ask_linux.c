// Asks a question with two buttons and prints the caption of the one pressed.
// C and the C library, on Linux. It is woken by inotify. For texts with quotes
// in them, take a library for JSON.
// build: gcc -o ask ask_linux.c
// usage: ask QUEUE SECONDS
// Exit status: 0 answered, 1 not answered, 5 not in time, 69 nobody attends, 70 error.
#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <glob.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static char box[2048], question[4096], reply[4096];

// field copies a field of a JSON file that has no quotes in its texts; empty
// where there is none.
static const char *field(const char *file, const char *name) {
	static char text[65536], key[40];
	FILE *f = fopen(file, "re");
	if (!f)
		return "";
	text[fread(text, 1, sizeof text - 1, f)] = 0;
	fclose(f);
	snprintf(key, sizeof key, "\"%s\"", name);
	char *value = strstr(text, key);
	if (!value)
		return "";
	value += strlen(key);
	value += strspn(value, " \t\r\n:");
	if (*value == '"')
		value++, value[strcspn(value, "\"")] = 0;
	else
		value[strcspn(value, ",}\r\n ")] = 0;
	return value;
}

// attended: a record counts while its process runs.
static int attended(void) {
	char pattern[4096];
	glob_t records;
	int found = 0;
	snprintf(pattern, sizeof pattern, "%s/monitor/*.json", box);
	if (glob(pattern, 0, NULL, &records) == 0)
		for (size_t i = 0; i < records.gl_pathc; i++) {
			int pid = atoi(field(records.gl_pathv[i], "pid"));
			found |= pid > 0 && kill(pid, 0) == 0;
		}
	globfree(&records);
	return found;
}

static long long milliseconds(void) {
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000ll + t.tv_nsec / 1000000;
}

// replied waits until the reply is there, at most so many seconds.
static int replied(int changes, int seconds) {
	long long end = milliseconds() + seconds * 1000ll;
	for (;;) {
		if (strcmp(field(reply, "ready"), "true") == 0)
			return 1;
		long long left = end - milliseconds();
		if (left <= 0)
			return 0;
		char events[4096];
		if (poll(&(struct pollfd){changes, POLLIN, 0}, 1, (int)left + 1) > 0 && read(changes, events, sizeof events) < 0)
			err(70, "read what has changed");
	}
}

// interrupted takes the question back when somebody ends us.
static void interrupted(int signal) {
	(void)signal;
	unlink(question);
	_exit(130);
}

int main(int argc, char **argv) {
	if (argc != 3)
		return 64;
	const char *root = getenv("DESKBELL_RUNTIME_DIR");
	char own[64], id[64], dir[4096], part[4096];
	snprintf(own, sizeof own, "/run/user/%d/deskbell", (int)geteuid());
	snprintf(box, sizeof box, "%s/%s", root && *root ? root : own, argv[1]);
	snprintf(id, sizeof id, "c-%ld-%d", (long)time(NULL), (int)getpid());
	snprintf(question, sizeof question, "%s/inbox/%s.json", box, id);
	snprintf(reply, sizeof reply, "%s/outbox/%s.json", box, id);
	if (!attended()) {
		fprintf(stderr, "nobody attends %s\n", argv[1]);
		return 69;
	}

	// Watch before asking, so that nothing is missed.
	umask(077);
	snprintf(dir, sizeof dir, "%s/inbox", box);
	mkdir(dir, 0700);
	snprintf(dir, sizeof dir, "%s/outbox", box);
	mkdir(dir, 0700);
	int changes = inotify_init1(IN_CLOEXEC);
	if (changes < 0 || inotify_add_watch(changes, dir, IN_MOVED_TO) < 0)
		err(70, "watch %s", dir);

	// Ask: a file that gets its name when it is whole.
	signal(SIGINT, interrupted);
	signal(SIGTERM, interrupted);
	snprintf(part, sizeof part, "%s/inbox/.%s", box, id);
	FILE *f = fopen(part, "we");
	if (!f)
		err(70, "%s", part);
	fputs("{\"text\":\"Install the update now?\",\"buttons\":[\"Now\",\"Tonight at eight\"]}", f);
	if (fclose(f) != 0 || rename(part, question) != 0)
		err(70, "%s", question);

	// Wait, with a limit. Without a reply the question is taken back.
	if (!replied(changes, atoi(argv[2]))) {
		unlink(question);
		fprintf(stderr, "no answer in time\n");
		return 5;
	}

	// Read the answer, and clean up. Only what was offered is one.
	int answered = strcmp(field(reply, "status"), "answered") == 0;
	const char *choice = field(reply, answered ? "choice" : "status");
	if (answered && strcmp(choice, "Now") != 0 && strcmp(choice, "Tonight at eight") != 0)
		answered = 0, choice = "the reply does not fit the question";
	fprintf(answered ? stdout : stderr, "%s\n", choice);
	unlink(question);
	unlink(reply);
	return answered ? 0 : 1;
}
