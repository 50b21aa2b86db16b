import type { SubsystemView } from '@dreamnet/contracts';
import { expect, test } from 'vitest';
import { filterSubsystems } from '../../src/pages/health/subsystem-filter.js';

const axis = { reason: '', ageMs: 0 };
function view(
  name: string,
  status: SubsystemView['status'],
  patch: Partial<SubsystemView> = {},
): SubsystemView {
  return {
    name,
    domain: 'infra',
    status,
    reason: '',
    lastUpdatedAt: 0,
    isAgent: false,
    dependsOn: [],
    axes: {
      liveness: { state: 'alive', ...axis },
      readiness: { state: 'ready', ...axis },
      progress: { state: 'idle', ...axis },
    },
    ...patch,
  };
}
const all = [
  view('b', 'ok'),
  view('a', 'ok', { domain: 'economy' }),
  view('c', 'error', { reason: 'answered 503' }),
  view('d', 'unknown'),
  view('e', 'warn'),
];
const found = (wish: { text?: string; status?: string; domain?: string }) =>
  filterSubsystems(all, { text: '', status: '', domain: '', ...wish }).map(({ name }) => name);

test('subsystems: the worst first, then by name', () => {
  expect(found({})).toEqual(['c', 'e', 'd', 'a', 'b']);
});

test('subsystems: found by name, reason, status and domain', () => {
  expect(found({ text: '503' })).toEqual(['c']);
  expect(found({ text: 'B' })).toEqual(['b']);
  expect(found({ status: 'ok', domain: 'economy' })).toEqual(['a']);
});
