#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""The specification and the header say the same, each all of it.

The header's values are a compiler's: it is included in a program that prints
them. Which names there are is read from its text.
"""

import os
import re
import subprocess
import sys
import tempfile

import yaml

from common import SPEC, TREE, Tap

INCLUDE = os.path.join(TREE, 'module/include/uapi')
HEADER = os.path.join(INCLUDE, 'linux/wgward.h')

# Counts of enums, which the specification has no need of.
GENERATED = re.compile(r'(^__.*_MAX|_MAX|_UNSPEC)$')
# What the header has beside what the specification describes.
OWN = {'WGWARD_MAX_CLASS_PAIRS', '_UAPI_LINUX_WGWARD_H'}
# Names and numbers of the protocol itself.
STRINGS = {'WGWARD_GENL_NAME', 'WGWARD_MCGRP_CONFIG', 'WGWARD_MCGRP_VERDICTS'}


def constant(*parts):
    """A name as C has it."""
    return '-'.join(parts).replace('--', '-').replace('-', '_').upper()


def prefixed(prefix, name):
    """A name with a prefix that ends in its dash already."""
    return (prefix + name).replace('-', '_').upper()


def numbered(entries, start=0):
    """Names of a list and their numbers, some of which are given."""
    number = start
    for entry in entries:
        if isinstance(entry, str):
            entry = {'name': entry}
        number = entry.get('value', number)
        yield entry['name'], number
        number += 1


def spec_values(spec):
    """What the specification says that C's names are."""
    values = {constant(spec['c-version-name']): spec['version']}
    for item in spec['definitions']:
        if item['type'] == 'const':
            values[constant('wgward', item['name'])] = item['value']
            continue
        prefix = item.get('name-prefix', f'wgward-{item["name"]}-')
        for name, number in numbered(item['entries']):
            if item['type'] == 'flags':
                number = 1 << number
            values[prefixed(prefix, name)] = number
    for space in spec['attribute-sets']:
        for name, number in numbered(space['attributes'], 1):
            values[prefixed(space['name-prefix'], name)] = number
    operations = spec['operations']
    for name, number in numbered(operations['list'], 1):
        values[prefixed(operations['name-prefix'], name)] = number
    return values


def spec_strings(spec):
    """Texts that both know."""
    texts = {constant(spec['c-family-name']): spec['name']}
    for group in spec['mcast-groups']['list']:
        texts[constant('wgward-mcgrp', group['name'])] = group['name']
    return texts


def header_names(text):
    """Names that the header defines, and those of enums' types."""
    text = re.sub(r'/\*.*?\*/', '', text, flags=re.S)
    names = set(re.findall(r'^#define\s+(\w+)', text, re.M))
    types = set(re.findall(r'^enum (\w+) {', text, re.M))
    for body in re.findall(r'^enum \w+ {(.*?)};', text, re.M | re.S):
        names |= set(re.findall(r'^\s*(\w+)', body, re.M))
    return names, types


def spec_types(spec):
    """Names of C's enums."""
    names = {spec['operations']['enum-name']}
    for space in spec['attribute-sets']:
        names.add(space['enum-name'])
    for item in spec['definitions']:
        if item['type'] == 'enum':
            names.add(f'wgward-{item["name"]}')
    return {name.replace('-', '_') for name in names}


def compiled(names, form, cast=''):
    """What a program sees behind names of the header."""
    lines = ''.join(f'printf("%s {form}\\n", "{name}", {cast}{name});\n'
                    for name in sorted(names))
    program = f'#include <stdio.h>\n#include <linux/wgward.h>\n' \
              f'int main(void)\n{{\n{lines}return 0;\n}}\n'
    with tempfile.TemporaryDirectory() as place:
        binary = os.path.join(place, 'values')
        subprocess.run(['cc', '-Wall', '-Werror', '-I', INCLUDE, '-x', 'c',
                        '-o', binary, '-'], input=program.encode(), check=True)
        output = subprocess.run([binary], stdout=subprocess.PIPE,
                                check=True).stdout.decode()
    return dict(line.split(' ', 1) for line in output.splitlines())


def main():
    """Compares both ways."""
    with open(SPEC, encoding='ascii') as file:
        spec = yaml.safe_load(file)
    with open(HEADER, encoding='ascii') as file:
        names, types = header_names(file.read())
    values = spec_values(spec)
    texts = spec_strings(spec)

    tap = Tap()
    missing = set(values) - names
    tap.equal('the header has all that the specification has', set(), missing)
    values = {name: values[name] for name in values if name not in missing}
    extra = {name for name in names - set(values) - OWN - STRINGS
             if not GENERATED.search(name)}
    tap.equal('the specification has all that the header has', set(), extra)

    seen = compiled(values, '%lld', '(long long)')
    wrong = {name: seen[name] for name in values
             if int(seen[name]) != values[name]}
    tap.equal(f'all {len(values)} numbers agree', {}, wrong)
    tap.equal('all texts agree', texts, compiled(texts, '%s'))
    tap.equal('the enums have the same names', spec_types(spec), types)
    tap.end()


if __name__ == '__main__':
    sys.exit(main())
