import type { PsEntry } from '@dreamnet/contracts';
import picocolors from 'picocolors';
import { expect, test } from 'vitest';
import { showNotEnforced } from '../../src/cli/enforcement-text.js';
import type { Terminal } from '../../src/cli/terminal.js';

const terminal = { colors: picocolors.createColors(false) } as Terminal;
const agent = (name: string, notEnforced: string[], replicaOf?: string) =>
  ({ name, notEnforced, replicaOf }) as unknown as PsEntry;

test('not enforced: nothing is said when all is as it was asked for', () => {
  expect(showNotEnforced(terminal, [agent('a', []), agent('b', [])])).toBe('');
});

test('not enforced: each lack is told once, with all it concerns; replicas are told with their agent', () => {
  const lack = 'sandbox: bubblewrap (bwrap) is not installed';
  const agents = [
    agent('a', [lack]),
    agent('a#1', [lack], 'a'),
    agent('b', [lack, 'memory: no control group']),
  ];
  expect(showNotEnforced(terminal, agents).split('\n')).toEqual([
    `not enforced for a, b: ${lack}`,
    'not enforced for b: memory: no control group',
  ]);
});

test('not enforced: of a large fleet a few lines, with how many more there are', () => {
  const many = Array.from({ length: 1000 }, (_, index) => agent(`a${index}`, ['the same', `own ${index}`]));
  const lines = showNotEnforced(terminal, many).split('\n');
  expect(lines).toHaveLength(6);
  expect(lines[0]).toBe('not enforced for a0, a1, a2, a3, a4 and 995 more: the same');
  expect(lines[5]).toBe('and 996 more: dreamnet describe AGENT');
});
