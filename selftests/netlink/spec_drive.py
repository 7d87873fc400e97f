#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Drives the family with the stock client, by the specification alone.

usage: spec_drive.py IFACE [OTHER]

IFACE is a WireGuard interface that nothing else uses; with OTHER, one of any
other kind, attaching there is tried, too.
"""

import os
import socket
import subprocess
import sys

from common import SPEC, Tap, import_ynl


def address(text):
    """An address as the client takes it."""
    import ipaddress  # pylint: disable=import-outside-toplevel
    return ipaddress.ip_address(text).packed


def prefix(text):
    """A prefix as the client takes it."""
    base, length = text.split('/')
    return {'address': address(base), 'length': int(length)}


# What a change says that the kernel does not use.
KEPT = {'listen-port': 51820, 'mtu': 1380,
        'removed-node': ['old', 'older'], 'removed-rule': ['old']}

NETWORKS = ['10.10.0.0/24', 'fd00:10::/64']

GROUPS = ['admins', 'devices', 'admins+europe']

NODES = [
    {'name': 'hub', 'key': bytes([1] * 32), 'flags': ['self'],
     'address': ['10.10.0.1', 'fd00:10::1'], 'group': ['admins'],
     'endpoint': 'hub.example:51820', 'listen-port': 51821},
    {'name': 'alice', 'key': bytes([2] * 32), 'address': ['10.10.0.2'],
     'group': ['admins', 'admins+europe']},
    {'name': 'printer', 'key': bytes([3] * 32),
     'flags': ['behind-nat', 'changed', 'route-groups'], 'address': ['10.10.0.3'],
     'route': ['192.168.7.0/24'], 'group': ['devices'], 'relay': 'hub'},
]

TCP, ICMP = 6, 1

# More than fit into one part of a dump.
FLOWS = 400

RULES = [
    {'name': 'ssh', 'action': 'allow',
     'from': {'group': ['admins']}, 'to': {'any': True},
     'service': [{'first': TCP << 16 | 22, 'last': TCP << 16 | 22},
                 {'first': ICMP << 16 | 8 << 8, 'last': ICMP << 16 | 8 << 8}]},
    {'name': 'no-printer', 'action': 'deny',
     'from': {'any': True, 'except-group': ['admins+europe'],
              'except-prefix': ['10.10.0.128/25']},
     'to': {'group': ['devices'], 'prefix': ['192.168.7.0/25']},
     'service': [{'first': 0, 'last': 0xffffff}]},
]


def request_node(node):
    """A node as the client takes it."""
    node = dict(node)
    node['address'] = [address(text) for text in node['address']]
    if 'route' in node:
        node['route'] = [prefix(text) for text in node['route']]
    return node


def request_selector(selector):
    """A side of a rule as the client takes it."""
    return {name: [prefix(text) for text in value] if 'prefix' in name
            else value for name, value in selector.items()}


def request_rule(rule):
    """A rule as the client takes it."""
    rule = dict(rule)
    for side in ('from', 'to'):
        rule[side] = request_selector(rule[side])
    return rule


def text(value):
    """An object of a dump in the words of the lists above."""
    if isinstance(value, dict):
        if set(value) == {'address', 'length'}:
            return f'{value["address"]}/{value["length"]}'
        return {name: text(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [text(inner) for inner in value]
    if isinstance(value, set):
        return sorted(value)
    return value


def known(objects, added):
    """What a dump has to say of what was added, in its order."""
    for given, seen in zip(added, objects):
        for name, value in given.items():
            if name == 'key':
                value = bytes.hex(value, ' ')
            if seen.get(name) != value:
                return False, f'{name}: {value} became {seen.get(name)}'
    return len(objects) == len(added), f'{len(objects)} of {len(added)}'


class Drive:
    """A change from begin to commit."""

    def __init__(self, ynl, schema, interface):
        self.ynl = ynl
        self.schema = schema
        self.interface = interface
        self.tap = Tap()
        self.client = ynl.YnlFamily(SPEC, schema)
        self.listener = ynl.YnlFamily(SPEC, schema)
        self.listener.ntf_subscribe('config')

    def do(self, command, **values):
        """A command about the ward."""
        return self.client.do(command, {'ward': self.interface, **values})

    def dump(self, command):
        """A dump of the ward."""
        return self.client.dump(command, {'ward': self.interface})

    def objects(self, kind):
        """What a dump tells, in the words of the lists above."""
        return [text(one) for answer in self.dump(f'{kind}-get')
                for one in answer[kind]]

    def refused(self, what, error, command, client=None, **values):
        """The command has to fail in that way, and to say why."""
        client = client or self.client
        try:
            client.do(command, {'ward': self.interface, **values})
        except self.ynl.NlError as refusal:
            said = (refusal.nl_msg.extack or {}).get('msg', '')
            self.tap.check(what, refusal.error == error and said,
                           f'{os.strerror(refusal.error)}: "{said}"')
            return refusal.nl_msg.extack or {}
        self.tap.check(what, False, 'it succeeded')
        return {}

    def events(self):
        """Names of what happened since the last time."""
        self.listener.check_ntf()
        names = [event['msg']['event']
                 for event in self.listener.async_msg_queue
                 if event['msg']['ward'] == self.interface]
        self.listener.async_msg_queue.clear()
        return names

    def begin(self, generation, **values):
        """Begins the change of the lists above."""
        self.do('begin', generation=generation, default='deny', mesh='corp',
                network=[prefix(text) for text in NETWORKS], **values)

    def add(self):
        """Adds the lists above, in two messages."""
        self.do('add', group=[{'name': name} for name in GROUPS],
                node=[request_node(node) for node in NODES])
        self.do('add', rule=[request_rule(rule) for rule in RULES])

    def attach(self):
        """To a device that is there, once."""
        self.refused('a ward that is not there is not told of', 2, 'ward-get')
        self.do('attach')
        self.refused('one ward for each interface', 17, 'attach')
        ward = self.do('ward-get')
        self.tap.equal('the ward has no policy', 'no-policy', ward['state'])
        self.tap.equal('and never had one', 0, ward['generation'])
        self.tap.check('its interface is there', ward['ifindex'] > 0, ward)
        wards = self.client.dump('ward-get', {})
        self.tap.check('a dump tells the same',
                       [ward['ward'] for ward in wards] == [self.interface] and
                       wards[0]['ifindex'] == ward['ifindex'], wards)
        self.tap.equal('without a policy all is dropped',
                       ('drop', 'no-policy'), self.explain('10.10.0.1',
                                                           '10.10.0.2')[:2])

    def change(self):
        """From begin to commit."""
        extack = self.refused('a stale generation is refused', 116, 'begin',
                              generation=7, default='deny')
        self.tap.equal('and pointed at', '.generation',
                       extack.get('bad-attr'))
        extack = self.refused('a policy needs a default', 22, 'begin',
                              generation=0)
        self.tap.equal('which is named as missing', 'default',
                       extack.get('miss-type'))
        self.begin(0, **{'revision': 17, 'peers-change': True, **KEPT})
        self.refused('there is one change at a time', 16, 'begin',
                     generation=0, default='deny')
        self.add()
        self.tap.equal('what is added is not in force', [],
                       self.dump('node-get'))
        answer = self.do('prepare')
        self.tap.equal('prepare puts the guard on', ('guarded', 0),
                       (answer['state'], answer['generation']))
        self.tap.check('the ward says that peers change',
                       self.do('ward-get').get('peers-change'))
        answer = self.do('commit')
        self.tap.equal('commit makes a generation', ('enforcing', 1),
                       (answer['state'], answer['generation']))
        self.tap.equal('listeners were told', ['attach', 'guard', 'commit'],
                       self.events())

    def dumps(self):
        """What was added comes back."""
        ward = self.do('ward-get')
        self.tap.equal('the ward tells of its policy',
                       ('corp', 17, 'deny', 3, 3, 2),
                       tuple(ward[name] for name in
                             ('mesh', 'revision', 'default', 'nodes',
                              'groups', 'rules')))
        self.tap.equal('and of its networks', NETWORKS, text(ward['network']))
        self.tap.equal('what is kept for the client comes back', KEPT,
                       {name: ward.get(name) for name in KEPT})
        nodes = self.objects('node')
        self.tap.check('nodes come back as they were', *known(nodes, NODES))
        groups = {group['name']: group['nodes']
                  for group in self.objects('group')}
        self.tap.equal('groups do, with their size',
                       dict(zip(GROUPS, (2, 1, 1))), groups)
        rules = self.objects('rule')
        self.tap.check('rules do, by name',
                       *known(rules, sorted(RULES, key=lambda rule:
                                            rule['name'])))
        self.tap.equal('there are no flows', [], self.dump('flow-get'))

    def flows(self):
        """Many conversations that self starts, and nobody answers."""
        name = self.interface
        for command in (f'ip address add 10.10.0.1/24 dev {name}',
                        f'wg set {name} peer {"A" * 42}E= '
                        'endpoint 127.0.0.1:9 allowed-ips 10.10.0.0/24',
                        f'ip link set {name} up', 'ip link set lo up'):
            subprocess.run(command.split(), check=True)
        sockets = [socket.socket() for _ in range(FLOWS)]
        for sock in sockets:
            sock.setblocking(False)
            sock.connect_ex(('10.10.0.2', 22))
        ports = sorted(sock.getsockname()[1] for sock in sockets)
        flows = [answer['flow'] for answer in self.dump('flow-get')]
        for sock in sockets:
            sock.close()
        self.tap.equal(f'all of {FLOWS} flows are told', ports,
                       sorted(flow['source-port'] for flow in flows))
        expected = {'source': '10.10.0.1', 'destination': '10.10.0.2',
                    'protocol': TCP, 'destination-port': 22,
                    'service': TCP << 16 | 22, 'source-node': 'hub',
                    'destination-node': 'alice', 'rule': 'ssh',
                    'state': 'new', 'reply-packets': 0, 'reply-bytes': 0}
        self.tap.check('with all that is known of them', all(
            expected.items() <= flow.items() and flow['packets'] > 0 and
            flow['bytes'] >= 40 and 0 < flow['expires'] <= 30000 and
            flow['age'] < 60000 for flow in flows), flows[:1])
        ward = self.do('ward-get')
        self.tap.equal('the ward has as many', FLOWS, ward['flows'])
        hits = {rule['name']: rule['hits'] for rule in self.objects('rule')}
        self.tap.equal('their rule has counted them',
                       {'ssh': FLOWS, 'no-printer': 0}, hits)
        counters = {counter['reason']: counter['passed']
                    for counter in ward['counter']}
        self.tap.check('and so has the ward', counters.get('rule') == FLOWS,
                       counters)

    def explain(self, source, destination, service=TCP << 16 | 22):
        """Verdict, reason and rule."""
        answer = self.do('explain', source=address(source),
                         destination=address(destination), service=service)
        return (answer['verdict'], answer['reason'], answer.get('rule-name'),
                answer.get('source-node'), answer.get('destination-node'))

    def verdicts(self):
        """Explained as the lists above say."""
        for source, destination, service, expected in (
                ('10.10.0.2', '10.10.0.1', TCP << 16 | 22,
                 ('pass', 'rule', 'ssh', 'alice', 'hub')),
                ('10.10.0.2', '10.10.0.1', TCP << 16 | 23,
                 ('drop', 'default', None, 'alice', 'hub')),
                ('10.10.0.1', '10.10.0.3', TCP << 16 | 22,
                 ('drop', 'rule', 'no-printer', 'hub', 'printer')),
                ('10.10.0.2', '10.10.0.3', TCP << 16 | 22,
                 ('pass', 'rule', 'ssh', 'alice', 'printer')),
                ('10.10.0.1', '192.168.7.9', TCP << 16 | 22,
                 ('drop', 'rule', 'no-printer', 'hub', 'printer')),
                ('10.10.0.9', '10.10.0.1', TCP << 16 | 22,
                 ('drop', 'unowned', None, None, 'hub')),
                ('10.10.0.2', '10.10.0.2', TCP << 16 | 22,
                 ('drop', 'same-address', None, 'alice', 'alice'))):
            seen = self.explain(source, destination, service)
            self.tap.equal(f'{source} to {destination}, {service:#x}',
                           expected, seen)

    def guard(self):
        """A second policy that is prepared and taken back."""
        self.begin(1)
        self.do('add', group=[{'name': name} for name in GROUPS],
                node=[request_node(node) for node in NODES],
                rule=[request_rule(RULES[1])])
        self.do('prepare')
        self.tap.equal('under the guard both have to pass',
                       ('drop', 'guard'), self.explain('10.10.0.2',
                                                       '10.10.0.1')[:2])
        rules = self.client.dump('rule-get', {'ward': self.interface,
                                              'pending': True})
        self.tap.equal('the one to come can be read', ['no-printer'],
                       [answer['rule'][0]['name'] for answer in rules])
        answer = self.do('abort')
        self.tap.equal('abort leaves the policy', ('enforcing', 1),
                       (answer['state'], answer['generation']))
        self.tap.equal('as it was', ('pass', 'rule', 'ssh'),
                       self.explain('10.10.0.2', '10.10.0.1')[:3])
        self.tap.equal('listeners were told of both', ['guard', 'abort'],
                       self.events())

    def owners(self):
        """A change belongs to a socket."""
        self.begin(1)
        self.add()
        self.do('prepare')
        other = self.ynl.YnlFamily(SPEC, self.schema)
        self.refused('another socket cannot commit', 1, 'commit', other)
        self.client.sock.close()
        self.client = other
        self.tap.equal('its end leaves the guard', 'interrupted',
                       self.do('ward-get')['state'])
        self.refused('which nothing may begin under', 117, 'begin',
                     generation=1, default='deny')
        self.tap.equal('but it can be taken over', 'guarded',
                       self.do('take-over')['state'])
        answer = self.do('commit')
        self.tap.equal('and committed', ('enforcing', 2),
                       (answer['state'], answer['generation']))
        self.tap.equal('listeners were told of all that',
                       ['guard', 'interrupted', 'taken-over', 'commit'],
                       self.events())

    def confirmation(self):
        """A change that is to be confirmed."""
        self.begin(2)
        self.add()
        self.do('prepare')
        answer = self.do('commit', confirm=60)
        self.tap.equal('commit, to be confirmed', ('unconfirmed', 3),
                       (answer['state'], answer['generation']))
        self.tap.check('says in which time', 50 < answer['confirm'] <= 60,
                       answer['confirm'])
        self.refused('nothing else can begin', 16, 'begin', generation=3,
                     default='deny')
        extack = self.refused('a confirm says what it means', 22, 'confirm')
        self.tap.equal('which is named as missing', 'generation',
                       extack.get('miss-type'))
        extack = self.refused('and it is not a former change', 116, 'confirm',
                              generation=2)
        self.tap.equal('which is pointed at', '.generation',
                       extack.get('bad-attr'))
        rules = self.client.dump('rule-get', {'ward': self.interface,
                                              'pending': True})
        self.tap.equal('what would come back can be read',
                       ['no-printer', 'ssh'],
                       [rule['name'] for answer in rules
                        for rule in answer['rule']])
        answer = self.do('rollback', generation=3)
        self.tap.equal('it is rolled back', ('enforcing', 4, 3),
                       (answer['state'], answer['generation'],
                        answer.get('rolled-back')))
        self.refused('and not confirmed', 2, 'confirm', generation=3)
        self.begin(4, **{'peers-change': True})
        self.add()
        self.do('prepare')
        self.do('commit', confirm=60)
        answer = self.do('confirm', generation=5)
        self.tap.equal('another one is confirmed', ('enforcing', 5, None),
                       (answer['state'], answer['generation'],
                        answer.get('rolled-back')))
        self.tap.equal('listeners were told of all that',
                       ['guard', 'commit', 'rolled-back', 'guard', 'commit',
                        'confirmed'], self.events())

    def detach(self, other):
        """The end."""
        self.do('detach')
        self.tap.equal('nothing is left', [],
                       self.client.dump('ward-get', {}))
        self.tap.equal('listeners were told', ['detach'], self.events())
        if not other:
            return
        self.interface = other
        self.refused('another kind of device is refused', 95, 'attach')
        self.do('attach', force=True, passive=True)
        self.tap.equal('unless forced; passive passes', ('pass', 'passive'),
                       self.explain('10.10.0.1', '10.10.0.2')[:2])
        self.do('detach')


def main():
    """All of it, in order."""
    interface, *other = sys.argv[1:]
    drive = Drive(*import_ynl(), interface)
    drive.attach()
    drive.change()
    drive.dumps()
    drive.flows()
    drive.verdicts()
    drive.guard()
    drive.owners()
    drive.confirmation()
    drive.detach(other[0] if other else None)
    drive.tap.end()


if __name__ == '__main__':
    main()
