import { endianness } from 'node:os';
import {
  AUDIT_ARCHITECTURE,
  DENIED_CALLS,
  DENIED_IOCTLS,
  type FilteredProcessor,
  NEW_NAMESPACES,
  NEW_TIME_NAMESPACE,
  NEWEST_KNOWN_CALL,
  SOCKET_FAMILIES,
  WEIGHED_CALLS,
} from './system-calls.js';

/** One instruction: operation, how many to skip when true and when false, operand. @source linux/filter.h: sock_filter */
type Instruction = readonly [code: number, whenTrue: number, whenFalse: number, operand: number];

/** @source linux/bpf_common.h: BPF_LD|BPF_W|BPF_ABS, BPF_JMP|BPF_J*|BPF_K, BPF_RET|BPF_K */
const LOAD = 0x20;
const IF_EQUAL = 0x15;
const IF_GREATER = 0x25;
const IF_AT_LEAST = 0x35;
const IF_ANY_BIT = 0x45;
const RETURN = 0x06;

/** Where the kernel puts what it asks about; the lower half of an argument comes first. @source linux/seccomp.h: seccomp_data */
const NUMBER_AT = 0;
const ARCHITECTURE_AT = 4;
const FIRST_ARGUMENT_AT = 16;
const SECOND_ARGUMENT_AT = 24;

/** @source linux/seccomp.h: SECCOMP_RET_*; asm-generic/errno.h */
const ALLOW: Instruction = [RETURN, 0, 0, 0x7fff0000];
const KILL: Instruction = [RETURN, 0, 0, 0x80000000];
const fail = (errno: number): Instruction => [RETURN, 0, 0, 0x00050000 | errno];
const EPERM = 1;
const ENOSYS = 38;
const EAFNOSUPPORT = 97;

/** Numbers of the 32-bit pointers ABI of x64 begin here. @source asm/unistd.h: __X32_SYSCALL_BIT */
const X32_CALLS = 0x40000000;
const INSTRUCTION_BYTES = 8;

/**
 * The filter of system calls of every sandbox, as the kernel takes it. A refused call fails with EPERM, one that is
 * newer than this list with ENOSYS as on an older kernel; a program of another instruction set is ended.
 *
 * @param processor As in `process.arch`.
 * @returns undefined for a processor without a list: then nothing may be said to be filtered.
 */
export function compileCallFilter(processor: string): Buffer | undefined {
  if (!isFiltered(processor) || endianness() !== 'LE') return undefined;
  const program = callFilter(processor);
  const bytes = Buffer.alloc(program.length * INSTRUCTION_BYTES);
  for (const [index, [code, whenTrue, whenFalse, operand]] of program.entries()) {
    const at = index * INSTRUCTION_BYTES;
    bytes.writeUInt16LE(code, at);
    bytes.writeUInt8(whenTrue, at + 2);
    bytes.writeUInt8(whenFalse, at + 3);
    bytes.writeUInt32LE(operand, at + 4);
  }
  return bytes;
}

function isFiltered(processor: string): processor is FilteredProcessor {
  return Object.hasOwn(AUDIT_ARCHITECTURE, processor);
}

function callFilter(processor: FilteredProcessor): readonly Instruction[] {
  const column = processor === 'x64' ? 0 : 1;
  const denied = Object.values(DENIED_CALLS).flatMap((numbers) => numbers[column] ?? []);
  const { clone, clone3, unshare, socket, ioctl } = WEIGHED_CALLS;
  const namespaces: Instruction[] = [[IF_ANY_BIT, 0, 1, NEW_NAMESPACES], fail(EPERM)];
  return [
    [LOAD, 0, 0, ARCHITECTURE_AT],
    ...[[IF_EQUAL, 1, 0, AUDIT_ARCHITECTURE[processor]] as const, KILL],
    [LOAD, 0, 0, NUMBER_AT],
    ...(processor === 'x64' ? [[IF_AT_LEAST, 0, 1, X32_CALLS] as const, KILL] : []),
    ...[[IF_GREATER, 0, 1, NEWEST_KNOWN_CALL] as const, fail(ENOSYS)],
    // Its flags lie in memory, where no filter can look; the C library then uses `clone`.
    ...when(clone3[column], [fail(ENOSYS)]),
    ...when(clone[column], [argument(FIRST_ARGUMENT_AT), ...namespaces, ALLOW]),
    ...when(unshare[column], [
      ...[argument(FIRST_ARGUMENT_AT), ...namespaces],
      ...[[IF_ANY_BIT, 0, 1, NEW_TIME_NAMESPACE] as const, fail(EPERM), ALLOW],
    ]),
    ...when(socket[column], [
      argument(FIRST_ARGUMENT_AT),
      ...SOCKET_FAMILIES.flatMap((family) => [[IF_EQUAL, 0, 1, family] as const, ALLOW]),
      fail(EAFNOSUPPORT),
    ]),
    ...when(ioctl[column], [
      argument(SECOND_ARGUMENT_AT),
      ...DENIED_IOCTLS.flatMap((request) => [[IF_EQUAL, 0, 1, request] as const, fail(EPERM)]),
      ALLOW,
    ]),
    ...denied.map((number, index) => [IF_EQUAL, denied.length - index, 0, number] as const),
    ...[ALLOW, fail(EPERM)],
  ];
}

/** What is done for one call, which ends in a return; others go on behind it. */
function when(number: number, block: readonly Instruction[]): readonly Instruction[] {
  return [[IF_EQUAL, 0, block.length, number], ...block];
}

function argument(at: number): Instruction {
  return [LOAD, 0, 0, at];
}
