#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""The specification and the running kernel say the same.

The kernel tells which commands a family has, what each takes and within which
limits, down through the nests. Whatever the specification allows in a request
has to be there, and nothing else.
"""

import socket
import struct
import sys

from common import SPEC, Tap, import_ynl

NLM_F_REQUEST, NLM_F_DUMP = 0x1, 0x300
NLMSG_ERROR, NLMSG_DONE = 2, 3
GENL_ID_CTRL, CTRL_CMD_GETFAMILY, CTRL_CMD_GETPOLICY = 16, 3, 10
(CTRL_ATTR_FAMILY_ID, CTRL_ATTR_FAMILY_NAME, CTRL_ATTR_VERSION,
 _, CTRL_ATTR_MAXATTR, CTRL_ATTR_OPS, CTRL_ATTR_MCAST_GROUPS,
 CTRL_ATTR_POLICY, CTRL_ATTR_OP_POLICY) = range(1, 10)
CTRL_ATTR_OP_ID, CTRL_ATTR_OP_FLAGS = 1, 2
CTRL_ATTR_MCAST_GRP_NAME = 1
CTRL_ATTR_POLICY_DO, CTRL_ATTR_POLICY_DUMP = 1, 2
GENL_UNS_ADMIN_PERM, CAP_DO, CAP_DUMP, CAP_HASPOL = 0x10, 0x2, 0x4, 0x8

# The kernel's types of attributes, by number.
TYPES = ('invalid', 'flag', 'u8', 'u16', 'u32', 'u64', 's8', 's16', 's32',
         's64', 'binary', 'string', 'nul-string', 'nested', 'nested-array',
         'bitfield32', 'sint', 'uint')
(TYPE, MIN_S, MAX_S, MIN_U, MAX_U, MIN_LEN, MAX_LEN, POLICY, POLICY_MAX,
 BITFIELD, _, MASK) = range(1, 13)

# Of the specification's types, as the kernel has to check them.
KERNEL_TYPE = {'string': 'nul-string', 'nest': 'nested'}
LIMITS = {'u8': 0xff, 'u16': 0xffff, 'u32': 0xffffffff, 'u64': 0xffffffffffffffff}


def attributes(data):
    """Number and payload of each attribute."""
    while len(data) >= 4:
        length, number = struct.unpack_from('HH', data)
        yield number & 0x3fff, data[4:length]
        data = data[(length + 3) & ~3:]


def table(data):
    """Attributes by number, where each is there once."""
    return dict(attributes(data))


def number_of(payload):
    """An integer of any length."""
    return int.from_bytes(payload, sys.byteorder)


def controller(command, name, dump):
    """Asks generic netlink about a family; the payloads of the answers."""
    payload = name.encode() + b'\0'
    attribute = struct.pack('HH', 4 + len(payload), CTRL_ATTR_FAMILY_NAME)
    attribute += payload + bytes(-len(payload) % 4)
    body = struct.pack('BBH', command, 1, 0) + attribute
    flags = NLM_F_REQUEST | (NLM_F_DUMP if dump else 0)
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 16) as sock:
        sock.send(struct.pack('IHHII', 16 + len(body), GENL_ID_CTRL, flags,
                              1, 0) + body)
        while True:
            data = sock.recv(131072)
            while data:
                length, kind = struct.unpack_from('IH', data)
                if kind == NLMSG_ERROR:
                    raise OSError(-struct.unpack_from('i', data, 16)[0],
                                  'generic netlink refuses')
                if kind == NLMSG_DONE:
                    return
                yield data[20:length]
                data = data[(length + 3) & ~3:]
            if not dump:
                return


def read_policies(name):
    """The policies by number, and the numbers of each command's."""
    policies, commands = {}, {}
    for message in controller(CTRL_CMD_GETPOLICY, name, True):
        answer = table(message)
        for number, data in attributes(answer.get(CTRL_ATTR_POLICY, b'')):
            for attribute, limits in attributes(data):
                policies.setdefault(number, {})[attribute] = {
                    limit: number_of(payload)
                    for limit, payload in attributes(limits)}
        for command, data in attributes(answer.get(CTRL_ATTR_OP_POLICY, b'')):
            commands.setdefault(command, {}).update(
                {mode: number_of(payload)
                 for mode, payload in attributes(data)})
    return policies, commands


class Comparison:
    """Of a command's policy with the specification, into the nests."""

    def __init__(self, spec, policies):
        self.spec = spec
        self.policies = policies
        self.complaints = []

    def constant(self, value):
        """A limit, which may be given by name."""
        if isinstance(value, str):
            value = self.spec.consts[value]['value']
        return value

    def expect(self, where, what, expected, seen):
        """Complains about a difference."""
        if expected != seen:
            self.complaints.append(f'{where}: {what}: the specification says '
                                   f'{expected}, the kernel {seen}')

    def limits(self, where, attribute, seen):
        """Compares what a value may be."""
        checks = attribute.yaml.get('checks', {})
        kind = attribute['type']
        if kind == 'string':
            self.expect(where, 'longest', self.constant(checks['max-len']),
                        seen.get(MAX_LEN))
        elif kind == 'binary':
            exact = self.constant(checks.get('exact-len', 0))
            self.expect(where, 'shortest', exact or checks['min-len'],
                        seen.get(MIN_LEN))
            self.expect(where, 'longest', exact or checks['max-len'],
                        seen.get(MAX_LEN))
        elif 'flags-mask' in checks:
            mask = self.spec.consts[checks['flags-mask']].get_mask()
            self.expect(where, 'flags', mask, seen.get(MASK))
        elif kind in LIMITS:
            self.expect(where, 'smallest', checks.get('min', 0),
                        seen.get(MIN_U))
            self.expect(where, 'largest',
                        self.constant(checks.get('max', LIMITS[kind])),
                        seen.get(MAX_U))

    def attribute(self, where, attribute, seen):
        """Compares one attribute."""
        kind = KERNEL_TYPE.get(attribute['type'], attribute['type'])
        self.expect(where, 'type', kind, TYPES[seen[TYPE]])
        if kind == 'nested':
            self.nest(where, attribute['nested-attributes'], seen[POLICY])
        else:
            self.limits(where, attribute, seen)

    def nest(self, where, space, policy):
        """Compares the inside of a nest."""
        wanted = [attribute for attribute
                  in self.spec.attr_sets[space].attrs.values()
                  if attribute['type'] != 'pad' and
                  'in replies only' not in attribute.yaml.get('doc', '')]
        self.policy(where, wanted, policy)

    def policy(self, where, wanted, policy):
        """Compares a policy with the attributes that it has to let pass."""
        seen = {number: limits
                for number, limits in self.policies[policy].items()
                if TYPES[limits[TYPE]] != 'invalid'}
        self.expect(where, 'attributes',
                    sorted(attribute.value for attribute in wanted),
                    sorted(seen))
        for attribute in wanted:
            if attribute.value in seen:
                self.attribute(f'{where}/{attribute.name}', attribute,
                               seen[attribute.value])


def check_commands(tap, spec, family):
    """Which commands there are, how to call them, and who may."""
    seen = {}
    for _, data in attributes(family[CTRL_ATTR_OPS]):
        op = table(data)
        seen[number_of(op[CTRL_ATTR_OP_ID])] = \
            number_of(op[CTRL_ATTR_OP_FLAGS])
    expected = {op.req_value: GENL_UNS_ADMIN_PERM | CAP_HASPOL |
                (CAP_DO if 'do' in op.modes else 0) |
                (CAP_DUMP if 'dump' in op.modes else 0)
                for op in spec.ops.values()}
    tap.equal('the kernel has the commands, all of them privileged',
              expected, seen)


def check_policies(tap, spec):
    """What each command takes."""
    policies, commands = read_policies(spec.name)
    modes = {'do': CTRL_ATTR_POLICY_DO, 'dump': CTRL_ATTR_POLICY_DUMP}
    for op in spec.ops.values():
        comparison = Comparison(spec, policies)
        for mode in sorted(op.modes):
            request = op.yaml[mode].get('request')
            policy = commands.get(op.req_value, {}).get(modes[mode])
            if policy is None:
                comparison.complaints.append(f'no policy for {mode}')
            elif request:
                wanted = [op.attr_set[name] for name in request['attributes']]
                comparison.policy(op.name, wanted, policy)
        tap.check(f'{op.name} takes what the specification says',
                  not comparison.complaints, *comparison.complaints)


def main():
    """Compares what the kernel has with the specification."""
    ynl, schema = import_ynl()
    spec = ynl.SpecFamily(SPEC, schema)
    tap = Tap()
    family = table(next(controller(CTRL_CMD_GETFAMILY, spec.name, False)))
    tap.equal('the version', spec.yaml['version'],
              number_of(family[CTRL_ATTR_VERSION]))
    tap.equal('the number of attributes',
              max(spec.attr_sets['wgward'].attrs_by_val),
              number_of(family[CTRL_ATTR_MAXATTR]))
    groups = [table(data)[CTRL_ATTR_MCAST_GRP_NAME].rstrip(b'\0').decode()
              for _, data in attributes(family[CTRL_ATTR_MCAST_GROUPS])]
    tap.equal('the multicast groups', list(spec.mcast_groups), groups)
    check_commands(tap, spec, family)
    check_policies(tap, spec)
    tap.end()


if __name__ == '__main__':
    main()
