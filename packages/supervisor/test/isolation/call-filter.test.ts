import { expect, test } from 'vitest';
import { compileCallFilter } from '../../src/isolation/call-filter.js';
import { AUDIT_ARCHITECTURE, DENIED_CALLS, WEIGHED_CALLS } from '../../src/isolation/system-calls.js';

interface Call {
  readonly number: number;
  readonly architecture?: number;
  readonly args?: readonly number[];
}

/** What the kernel would do with a call: a small machine for the instructions a filter may have. */
function judge(filter: Buffer, call: Call): number {
  const data = Buffer.alloc(64);
  data.writeUInt32LE(call.number, 0);
  data.writeUInt32LE(call.architecture ?? AUDIT_ARCHITECTURE.x64, 4);
  for (const [index, value] of (call.args ?? []).entries())
    data.writeBigUInt64LE(BigInt(value), 16 + 8 * index);
  const tests: Record<number, (value: number, operand: number) => boolean> = {
    21: (value, operand) => value === operand,
    37: (value, operand) => value > operand,
    53: (value, operand) => value >= operand,
    69: (value, operand) => (value & operand) !== 0,
  };
  let value = 0;
  for (let at = 0; at < filter.length; at += 8) {
    const operand = filter.readUInt32LE(at + 4);
    const code = filter.readUInt16LE(at);
    if (code === 6) return operand;
    if (code === 32) value = data.readUInt32LE(operand);
    else at += 8 * filter.readUInt8(at + (tests[code]?.(value, operand) ? 2 : 3));
  }
  return -1;
}

const ALLOWED = 0x7fff0000;
const KILLED = 0x80000000;
const failing = (errno: number) => 0x50000 + errno;
const filterOf = (processor: string) => compileCallFilter(processor) ?? Buffer.alloc(0);
const VSOCK = 40;

test.each([
  ['x64', 0],
  ['arm64', 1],
] as const)('call filter: on %s every listed call fails with EPERM, and no other', (processor, column) => {
  const filter = filterOf(processor);
  const architecture = AUDIT_ARCHITECTURE[processor];
  const denied: number[] = Object.values(DENIED_CALLS).flatMap((numbers) => numbers[column] ?? []);
  for (let number = 0; number <= 462; number += 1) {
    if (number === WEIGHED_CALLS.clone3[column] || number === WEIGHED_CALLS.socket[column]) continue;
    const expected = denied.includes(number) ? failing(1) : ALLOWED;
    expect([number, judge(filter, { number, architecture })]).toEqual([number, expected]);
  }
  expect(new Set(denied).size).toBe(denied.length);
});

test('call filter: new namespaces are refused, threads and processes are not', () => {
  const filter = filterOf('x64');
  const { clone, clone3, unshare } = WEIGHED_CALLS;
  const threadFlags = 0x3d0f00;
  const userNamespace = 0x10000000;
  const timeNamespace = 0x80;
  expect(judge(filter, { number: clone[0], args: [threadFlags] })).toBe(ALLOWED);
  expect(judge(filter, { number: clone[0], args: [0x1200011] })).toBe(ALLOWED);
  expect(judge(filter, { number: clone[0], args: [userNamespace | 17] })).toBe(failing(1));
  expect(judge(filter, { number: unshare[0], args: [userNamespace] })).toBe(failing(1));
  expect(judge(filter, { number: unshare[0], args: [timeNamespace] })).toBe(failing(1));
  expect(judge(filter, { number: unshare[0], args: [0x200] })).toBe(ALLOWED);
  expect(judge(filter, { number: clone3[0] })).toBe(failing(38));
});

test('call filter: sockets of ordinary families alone, no typing into terminals', () => {
  const filter = filterOf('x64');
  const { socket, ioctl } = WEIGHED_CALLS;
  for (const family of [1, 2, 10, 16])
    expect(judge(filter, { number: socket[0], args: [family] })).toBe(ALLOWED);
  for (const family of [0, 3, 17, 38, VSOCK])
    expect(judge(filter, { number: socket[0], args: [family] })).toBe(failing(97));
  // The kernel looks at the lower half alone, and so does the filter.
  expect(judge(filter, { number: socket[0], args: [2 ** 32 + VSOCK] })).toBe(failing(97));
  expect(judge(filter, { number: ioctl[0], args: [0, 0x5412] })).toBe(failing(1));
  expect(judge(filter, { number: ioctl[0], args: [0x5412, 0x5401] })).toBe(ALLOWED);
});

test('call filter: another instruction set is ended, a call newer than the list is not there', () => {
  const filter = filterOf('x64');
  const i386 = 0x40000003;
  expect(judge(filter, { number: 0, architecture: i386 })).toBe(KILLED);
  expect(judge(filter, { number: 0x40000000 })).toBe(KILLED);
  expect(judge(filter, { number: 463 })).toBe(failing(38));
});

test('call filter: none is made up for a processor without a list', () => {
  expect(compileCallFilter('riscv64')).toBeUndefined();
  expect(compileCallFilter('constructor')).toBeUndefined();
});
