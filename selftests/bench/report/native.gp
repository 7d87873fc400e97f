# SPDX-License-Identifier: GPL-2.0
# Nanoseconds by the size of a table.

set terminal svg size 900,420 font "sans-serif,12" background "white"
set logscale x
set xlabel "flows; or nodes and rules, for a verdict"
set ylabel "ns"
set yrange [0:*]
set grid
set key top left
plot for [name in "verdict hit_sent hit_received new denied"] \
	sprintf("%s/%s", data, name) using 1:2 with linespoints linewidth 2 \
	title name noenhanced
