#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Prints a large mesh file: generate.py NODES RULES GROUPS [SEED]."""

import base64
import random
import sys


def address(number):
    return f"10.{64 + (number >> 16)}.{number >> 8 & 255}.{number & 255}"


def print_node(chance, number, nodes, groups):
    key = base64.b64encode(bytes(chance.randrange(256) for _ in range(32)))
    region = number * 10 // (nodes + 1)
    print(f"[Node n{number}]")
    print(f"PublicKey = {key.decode()}")
    print(f"Address = {address(number)}, fd00:10::{number:x}")
    print(f"Endpoint = 192.0.2.1:{1024 + number % 60000}")
    print(f"Groups = g{number % groups}, region{region}")


def print_rule(chance, number, groups):
    source, target = chance.sample(range(groups), 2)
    first = chance.randrange(1, 60000)
    last = first + chance.randrange(1, 1000)
    action = "Deny" if chance.random() < 0.2 else "Allow"
    print(f"[Rule r{number}]")
    print(f"From = g{source}")
    print(f"To = g{target}, !region{chance.randrange(10)}")
    print(f"{action} = tcp/{first}-{last}, udp/{first}, ping")


def main():
    nodes, rules, groups = (int(word) for word in sys.argv[1:4])
    seed = int(sys.argv[4]) if len(sys.argv) > 4 else 1
    chance = random.Random(seed)
    print("[Mesh]\nName = large\nNetwork = 10.64.0.0/10, fd00:10::/64")
    print("Default = deny")
    for number in range(1, nodes + 1):
        print_node(chance, number, nodes, groups)
    for number in range(rules):
        print_rule(chance, number, groups)


if __name__ == "__main__":
    main()
