# SPDX-License-Identifier: GPL-2.0
"""What the tests of the netlink specification share."""

import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
TREE = os.path.dirname(os.path.dirname(HERE))
SPEC = os.path.join(TREE, 'Documentation/netlink/specs/wgward.yaml')

# Exit status of a test that cannot run here.
SKIP = 4


def skip(why):
    """Ends the test, since it cannot run here."""
    print(f'TAP version 13\n1..0 # SKIP {why}')
    sys.exit(SKIP)


def find_ynl():
    """The part of a Linux tree that has the stock client, or None."""
    cache = os.environ.get('XDG_CACHE_HOME',
                           os.path.expanduser('~/.cache'))
    places = ['/ynl', os.path.join(cache, 'wgward/source')]
    if 'YNL' in os.environ:
        places = [os.environ['YNL']]
    for place in places:
        if os.path.exists(os.path.join(place, 'tools/net/ynl/lib/ynl.py')):
            return place
    return None


def import_ynl():
    """The module of the stock client, and the path of the schema."""
    place = find_ynl()
    if not place:
        skip('no ynl: YNL=DIR names a Linux tree')
    sys.path.insert(0, os.path.join(place, 'tools/net/ynl'))
    # pylint: disable=import-error,import-outside-toplevel,unused-import
    try:
        import jsonschema  # The client looks for it only when it is late.
        import lib
    except ImportError as error:
        skip(f'no Python module {error.name}')
    schema = os.path.join(place, 'Documentation/netlink/genetlink-legacy.yaml')
    return lib, schema


class Tap:
    """Results in TAP."""

    def __init__(self):
        self.count = 0
        self.failed = 0
        print('TAP version 13')

    def check(self, what, good, *remarks):
        """Reports a result, and remarks on a bad one."""
        self.count += 1
        if not good:
            self.failed += 1
            for remark in remarks:
                for line in str(remark).splitlines():
                    print(f'# {line}')
        print(f'{"ok" if good else "not ok"} {self.count} - {what}',
              flush=True)

    def equal(self, what, expected, seen):
        """Reports whether what was seen is what was expected."""
        self.check(what, expected == seen, f'expected: {expected}',
                   f'seen:     {seen}')

    def end(self):
        """The plan, and the exit status."""
        print(f'1..{self.count}')
        sys.exit(1 if self.failed or not self.count else 0)
