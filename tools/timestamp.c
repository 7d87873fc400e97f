// SPDX-License-Identifier: GPL-2.0
/*
 * strptime(3) takes what is no date, such as the 31st of June, and does not
 * know what a time zone is worth.
 */
#include <ctype.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "timestamp.h"

#define MINUTE 60
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define EXAMPLE "2030-01-31T18:00:00Z"

static char explanation[256];

__attribute__((format(printf, 1, 2))) static const char *
explain(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(explanation, sizeof(explanation), format, arguments);
	va_end(arguments);
	return explanation;
}

/**
 * struct stamp - the parts of a point in time, as written
 * @year: 0 to 9999, like the others as many digits as there must be
 * @month: from 1
 * @day: from 1
 * @hour: local time
 * @minute: likewise
 * @second: 60 in a leap second
 * @offset: seconds that local time is ahead of UTC
 */
struct stamp {
	int year, month, day;
	int hour, minute, second;
	int offset;
};

/*
 * Reads @text by @pattern, where a digit stands for the digits of the next of
 * the numbers that follow. Returns what is left, or NULL.
 */
static const char *match(const char *text, const char *pattern, ...)
{
	va_list numbers;
	bool good = true;
	int *number;
	int i;

	va_start(numbers, pattern);
	for (; good && *pattern; pattern++) {
		if (!isdigit((unsigned char)*pattern)) {
			good = toupper((unsigned char)*text++) == *pattern;
			continue;
		}
		number = va_arg(numbers, int *);
		*number = 0;
		for (i = 0; good && i < *pattern - '0'; i++) {
			good = isdigit((unsigned char)*text);
			*number = *number * 10 + (*text++ - '0');
		}
	}
	va_end(numbers);
	return good ? text : NULL;
}

static bool is_leap(int year)
{
	return (year % 4 == 0 && year % 100) || year % 400 == 0;
}

static int days_of(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30,
				    31, 31, 30, 31, 30, 31 };

	return days[month - 1] + (month == 2 && is_leap(year));
}

/* Of days, since the first of March of the year 0, as leap days end a year. */
static s64 count_days(int year, int month, int day)
{
	s64 years = year - (month < 3);
	int months = (month + 9) % 12;

	return years * 365 + years / 4 - years / 100 + years / 400 +
	       (months * 153 + 2) / 5 + day - 1;
}

static s64 since_1970(const struct stamp *stamp)
{
	s64 days = count_days(stamp->year, stamp->month, stamp->day) -
		   count_days(1970, 1, 1);

	return days * DAY + stamp->hour * HOUR + stamp->minute * MINUTE +
	       stamp->second - stamp->offset;
}

static const char *check_date(const struct stamp *stamp)
{
	if (stamp->month < 1 || stamp->month > 12)
		return explain(
			"has no month from 01 to 12; write it as " EXAMPLE);
	if (stamp->day < 1 || stamp->day > days_of(stamp->year, stamp->month))
		return explain("has no such day; the last of that month is "
			       "%04d-%02d-%02d",
			       stamp->year, stamp->month,
			       days_of(stamp->year, stamp->month));
	return NULL;
}

/* Whether the day before @seconds was the last of a month, in UTC. */
static bool begins_month(s64 seconds)
{
	time_t time = seconds;
	struct tm tm;

	return seconds >= 0 && gmtime_r(&time, &tm) && tm.tm_mday == 1 &&
	       seconds % DAY == 0;
}

static const char *check_time(const struct stamp *stamp)
{
	if (stamp->hour == 24)
		return "has an hour 24; write 00:00:00 of the next day";
	if (stamp->hour > 23 || stamp->minute > 59 || stamp->second > 60)
		return "has no time from 00:00:00 to 23:59:59; write it as " EXAMPLE;
	/* Those are inserted at the end of a month, and nowhere else. */
	if (stamp->second == 60 && !begins_month(since_1970(stamp)))
		return "has a second 60 where no leap second can be; write 59";
	return NULL;
}

/* The zone at the end, after which there must be nothing. */
static const char *read_zone(const char *text, struct stamp *stamp)
{
	int sign = *text == '-' ? -1 : 1;
	const char *rest;
	int hours, minutes;

	if (!*text)
		return "has no time zone; write it as " EXAMPLE
		       ", or as 2030-01-31T18:00:00+01:00";
	rest = match(text, "Z");
	if (rest && !*rest)
		return NULL;
	rest = NULL;
	if (*text == '+' || *text == '-')
		rest = match(text + 1, "2:2", &hours, &minutes);
	if (!rest || *rest || hours > 23 || minutes > 59)
		return "has no time zone that is \"Z\", or hours and minutes "
		       "as in \"+01:00\"";
	stamp->offset = sign * (hours * HOUR + minutes * MINUTE);
	return NULL;
}

static const char *skip_fraction(const char *text)
{
	const char *end = text + 1;

	if (*text != '.')
		return text;
	while (isdigit((unsigned char)*end))
		end++;
	return end > text + 1 ? end : text;
}

static const char *read_time(const char *text, struct stamp *stamp)
{
	const char *rest = match(text, "T2:2:2", &stamp->hour, &stamp->minute,
				 &stamp->second);

	if (!*text)
		return "has no time of day; write it as " EXAMPLE;
	if (*text == ' ')
		return "has a blank between date and time; write \"T\" there, "
		       "as in " EXAMPLE;
	if (!rest)
		return "has no time of day as in " EXAMPLE;
	return read_zone(skip_fraction(rest), stamp);
}

const char *timestamp_parse(const char *text, u64 *seconds)
{
	struct stamp stamp = { .year = 0 };
	const char *rest, *why;
	s64 value;

	rest = match(text, "4-2-2", &stamp.year, &stamp.month, &stamp.day);
	if (!rest)
		return "is no point in time; write it as " EXAMPLE;
	why = check_date(&stamp);
	if (!why)
		why = read_time(rest, &stamp);
	if (!why)
		why = check_time(&stamp);
	if (why)
		return why;
	value = since_1970(&stamp);
	if (value <= 0)
		return "is not after 1970-01-01T00:00:00Z, before which there "
		       "is nothing to end";
	*seconds = value;
	return NULL;
}

char *timestamp_format(char *text, u64 seconds)
{
	time_t time = seconds;
	struct tm tm;

	/* The kernel may be told more than the calendar has. */
	if (seconds > INT64_MAX || !gmtime_r(&time, &tm) ||
	    tm.tm_year > 9999 - 1900)
		snprintf(text, TIMESTAMP_TEXT_LEN, "@%llu",
			 (unsigned long long)seconds);
	else
		strftime(text, TIMESTAMP_TEXT_LEN, "%Y-%m-%dT%H:%M:%SZ", &tm);
	return text;
}
