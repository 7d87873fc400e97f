#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""
Prints a mesh file whose change means as much as can be:
effects.py plain|crossed|paired|denied NODES DEFAULT.

plain has no rules. Between any two nodes of crossed, others decide. paired has a
rule for each node, denied the same and rules for all, of which one decides.
"""

import base64
import random
import sys


def print_mesh(nodes, default):
    chance = random.Random(1)
    print("[Mesh]\nName = large\nNetwork = 10.64.0.0/10")
    print(f"Default = {default}")
    for i in range(nodes):
        key = base64.b64encode(chance.randbytes(32)).decode()
        print(f"[Node n{i}]\nPublicKey = {key}")
        print(f"Address = 10.64.{i + 1 >> 8}.{i + 1 & 255}")
        print(f"Endpoint = 192.0.2.1:{1024 + i}")


def print_rule(name, source, target, what):
    print(f"[Rule {name}]\nFrom = {source}\nTo = {target}\n{what}")


def main():
    kind, nodes, default = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    print_mesh(nodes, default)
    for i in range(nodes):
        if kind == "crossed":
            print_rule(f"a{i}", "any", f"n{i}", f"Allow = tcp/{i + 1}")
            print_rule(f"b{i}", f"n{i}", "any", f"Allow = udp/{i + 1}")
        if kind in ("paired", "denied"):
            print_rule(f"a{i}", f"n{i}", f"n{(i + 1) % nodes}",
                       f"Allow = tcp/{i + 1}")
        if kind == "denied":
            print_rule(f"d{i}", "any", "any", f"Deny = tcp/{2 * i + 1}")


if __name__ == "__main__":
    main()
