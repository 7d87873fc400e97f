# SPDX-License-Identifier: GPL-2.0
# The files of the module that depend on little of the kernel: the command and
# the unit tests compile them too, with -I../tools/shim first, -I. and
# -Iinclude/uapi.
wgward-pure := class.o extension.o identity.o interval.o matrix.o names.o \
	       node.o object.o packet.o plain.o policy.o policy_add.o \
	       policy_build.o relation.o rule.o service.o succession.o sweep.o \
	       table.o transport.o tuple.o vector.o
