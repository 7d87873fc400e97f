# SPDX-License-Identifier: GPL-2.0
# Costs of a packet by variant, of bare WireGuard's.

set terminal svg size 900,420 font "sans-serif,12" background "white"
set style data histograms
set style histogram clustered gap 1
set style fill solid 0.8 border -1
set yrange [*:*]
set ylabel "% of bare WireGuard"
set grid ytics
set xtics rotate by -20
set key top left
plot data using 2:xtic(1) title "TCP bulk, Mb/s" linecolor rgb "#4477aa", \
	"" using 3 title "busy time per UDP datagram" linecolor rgb "#cc6677"
