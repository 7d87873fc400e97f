#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Prints what the specification says of requests as tables in C.

They are for the fuzzer, see grammar.h: it knows no attribute and no command
but from here.
"""

import sys

import yaml

from common import SPEC

NUMBERS = {'u8': 8, 'u16': 16, 'u32': 32, 'u64': 64}
KINDS = {'flag': 'GRAMMAR_FLAG', 'string': 'GRAMMAR_TEXT',
         'binary': 'GRAMMAR_BYTES', 'nest': 'GRAMMAR_NEST',
         'pad': 'GRAMMAR_BYTES'}


def symbol(*parts):
    """A name as C has it."""
    return '_'.join(parts).replace('-', '_')


class Grammar:
    """The specification, and what is made of it."""

    def __init__(self, spec):
        self.spec = spec
        self.named = {item['name']: item for item in spec['definitions']}

    def number(self, value):
        """A number that may be given by name."""
        if isinstance(value, str):
            return self.named[value]['value']
        return value

    def bounds(self, attr):
        """The least and the largest number that an attribute may be."""
        checks = attr.get('checks', {})
        low, high = 0, (1 << NUMBERS[attr['type']]) - 1
        if 'enum' in attr:
            known = self.named[attr['enum']]
            high = len(known['entries']) - 1
            if known['type'] == 'flags':
                high = (1 << len(known['entries'])) - 1
        return (self.number(checks.get('min', low)),
                self.number(checks.get('max', high)))

    def lengths(self, attr):
        """The least and the largest number of bytes of an attribute."""
        checks = attr.get('checks', {})
        low, high = checks.get('min-len', 0), checks.get('max-len', 64)
        low = checks.get('exact-len', low)
        high = checks.get('exact-len', high)
        return self.number(low), self.number(high)

    def attribute(self, attr, number):
        """The initializer of an attribute."""
        kind, low, high, nested = attr['type'], 0, 0, 'NULL'
        if kind in NUMBERS:
            low, high = self.bounds(attr)
            name = f'GRAMMAR_NUMBER{NUMBERS[kind]}'
        else:
            name = KINDS[kind]
        if kind in ('string', 'binary'):
            low, high = self.lengths(attr)
        if kind == 'nest':
            nested = '&' + symbol('set', attr['nested-attributes'])
        several = int(attr.get('multi-attr', False))
        reply = int(kind == 'pad' or 'in replies only' in attr.get('doc', ''))
        return f'\t{{ "{attr["name"]}", {number}, {name}, {several}, ' \
               f'{reply}, {low}ULL, {high}ULL, {nested} }},'

    def sets(self):
        """All sets of attributes."""
        spaces = self.spec['attribute-sets']
        for space in spaces:
            yield f'static const struct grammar_set ' \
                  f'{symbol("set", space["name"])};'
        for space in spaces:
            name = symbol('attrs', space['name'])
            yield f'static const struct grammar_attr {name}[] = {{'
            for number, attr in enumerate(space['attributes'], 1):
                yield self.attribute(attr, number)
            yield '};'
            yield f'static const struct grammar_set ' \
                  f'{symbol("set", space["name"])} = {{ "{space["name"]}", ' \
                  f'{name}, {len(space["attributes"])} }};'

    def takes(self, way):
        """The initializer of what a request takes; NULL: there is none."""
        if way is None:
            return 'NULL'
        top = [attr['name'] for attr in
               self.spec['attribute-sets'][0]['attributes']]
        names = way.get('request', {}).get('attributes', [])
        items = ''.join(f'&attrs_wgward[{top.index(name)}], '
                        for name in names)
        return f'(const struct grammar_attr *const[]){{ {items}NULL }}'

    def commands(self):
        """All commands; what the kernel alone sends takes nothing."""
        yield 'const struct grammar_command grammar_commands[] = {'
        operations = self.spec['operations']['list']
        for number, operation in enumerate(operations, 1):
            yield f'\t{{ "{operation["name"]}", {number}, ' \
                  f'{self.takes(operation.get("do"))}, ' \
                  f'{self.takes(operation.get("dump"))} }},'
        yield '};'
        yield f'const unsigned int grammar_count = {len(operations)};'
        yield 'const struct grammar_set *const grammar_top = &set_wgward;'


def main():
    """Prints them all."""
    with open(SPEC, encoding='ascii') as file:
        grammar = Grammar(yaml.safe_load(file))
    print('/* Made of wgward.yaml by grammar.py. */')
    print('#include <stddef.h>\n#include "grammar.h"')
    for line in grammar.sets():
        print(line)
    for line in grammar.commands():
        print(line)


if __name__ == '__main__':
    sys.exit(main())
