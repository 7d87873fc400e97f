# SPDX-License-Identifier: GPL-2.0
# The lines "NAME VALUE" of one variant as an object of medians.

def median: sort | (.[(length - 1) / 2 | floor] + .[length / 2 | floor]) / 2;

[inputs | select(length > 0) | split(" ") | { name: .[0], value: .[1] | tonumber }]
| group_by(.name)
| map({ (.[0].name): (map(.value) | median) })
| add // {}
| del(.complete)
