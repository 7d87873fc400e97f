// SPDX-License-Identifier: GPL-2.0
/*
 * Writes the unit tests' packets as inputs of packet_fuzz.
 *
 * usage: packet_seed DIRECTORY
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "frame.h"
#include "packet_cases.h"

static u32 written;

static void write_input(const char *directory, u8 flags,
			const struct frame *frame)
{
	const u8 header[] = { flags, 44 };
	char path[4096];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%03u", directory, written++);
	file = fopen(path, "w");
	if (!file || fwrite(header, sizeof(header), 1, file) != 1 ||
	    fwrite(frame->bytes, frame->length, 1, file) != 1 || fclose(file)) {
		perror(path);
		exit(1);
	}
}

/* An ICMP error that quotes @one. */
static struct frame quoting_frame(const struct quote_case *one)
{
	static const char v4[] =
		"45 00 LL LL 00 00 00 00 40 01 00 00 0a 00 00 09 0a 00 00 02 "
		"0b 00 00 00 00 00 00 00";
	static const char v6[] =
		"60 00 00 00 LL LL 3a 40 fd 00*14 09 fd 00*14 02 "
		"03 00 00 00 00 00 00 00";
	char text[1024];

	snprintf(text, sizeof(text), "%s %s", one->v6 ? v6 : v4, one->text);
	return frame_read(text, one->v6 ? 40 : 0);
}

int main(int argc, char **argv)
{
	struct frame frame;
	u32 i;

	if (argc != 2)
		return 2;
	for (i = 0; i < packet_case_count; i++) {
		frame = frame_read(packet_cases[i].text,
				   packet_cases[i].v6 ? 40 : 0);
		write_input(argv[1],
			    packet_cases[i].v6 | packet_cases[i].gso << 1,
			    &frame);
	}
	for (i = 0; i < quote_case_count; i++) {
		frame = quoting_frame(&quote_cases[i]);
		write_input(argv[1], quote_cases[i].v6, &frame);
	}
	return 0;
}
