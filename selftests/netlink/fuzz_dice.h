/* SPDX-License-Identifier: GPL-2.0 */
/* Random numbers that a seed repeats, wherever it runs. */
#ifndef _FUZZ_DICE_H
#define _FUZZ_DICE_H

#include <stdbool.h>
#include <stdint.h>

extern uint64_t dice_state;

/* Any number. */
static inline uint64_t dice(void)
{
	uint64_t number = dice_state += 0x9e3779b97f4a7c15;

	number = (number ^ number >> 30) * 0xbf58476d1ce4e5b9;
	number = (number ^ number >> 27) * 0x94d049bb133111eb;
	return number ^ number >> 31;
}

/* One of @sides numbers from 0 on. */
static inline uint64_t roll(uint64_t sides)
{
	return dice() % sides;
}

/* True once in @sides times. */
static inline bool rarely(unsigned int sides)
{
	return !roll(sides);
}

#endif /* _FUZZ_DICE_H */
