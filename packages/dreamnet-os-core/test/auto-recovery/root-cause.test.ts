import type { SubsystemManifest } from '@dreamnet/contracts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { dependencyClosure, dependencyCycles } from '../../src/auto-recovery/dependency-graph.js';
import { type CauseCandidate, rankCauses } from '../../src/auto-recovery/root-cause.js';

function graph(edges: Record<string, readonly string[]>) {
  const names = Object.keys(edges);
  return {
    names: () => names,
    manifest: (name: string): SubsystemManifest => ({ dependsOn: edges[name] ?? [] }),
  };
}

function candidate(name: string, traits: Partial<CauseCandidate> = {}): CauseCandidate {
  return { name, reason: '', isDeepest: false, isDown: false, since: 0, evidence: {}, ...traits };
}

test('root cause: the rules decide in their order and the deciding one is told', () => {
  const decide = (left: Partial<CauseCandidate>, right: Partial<CauseCandidate>) => {
    const root = rankCauses([candidate('left', left), candidate('right', right)]);
    return [root?.cause.name, root?.decidedBy];
  };
  expect(decide({ isDown: true, since: 1 }, { isDeepest: true, since: 2 })).toEqual([
    'right',
    'none of its own dependencies is failing',
  ]);
  expect(decide({ since: 1 }, { isDown: true, since: 2 })).toEqual([
    'right',
    'its process is gone or stopped',
  ]);
  expect(decide({ since: 2 }, { since: 1 })).toEqual(['right', 'it failed first']);
  expect(decide({}, {})).toEqual(['left', 'its name comes first']);
  expect(rankCauses([candidate('only')])?.decidedBy).toBe('no dependency is failing');
  expect(rankCauses([])).toBeUndefined();
});

test('dependency graph: the closure has everything needed once, nearest first, cycles included', () => {
  const source = graph({ a: ['b', 'c'], b: ['d'], c: ['d'], d: ['a'], e: [] });
  expect(dependencyClosure(source, 'a')).toEqual(['b', 'c', 'd']);
  expect(dependencyClosure(source, 'e')).toEqual([]);
});

test('dependency graph: every cycle is found once, and nothing else', () => {
  expect(dependencyCycles(graph({ a: ['b'], b: ['c'], c: ['b'], d: ['d'], e: ['a'] }))).toEqual([
    { group: ['b', 'c'], path: ['b', 'c', 'b'] },
    { group: ['d'], path: ['d', 'd'] },
  ]);
});

test('dependency graph: any graph is walked to an end, and a graph without back edges has no cycle', () => {
  const names = ['a', 'b', 'c', 'd', 'e', 'f'];
  const edges = fc.record(Object.fromEntries(names.map((name) => [name, fc.subarray(names)])));
  fc.assert(
    fc.property(edges, (given) => {
      const source = graph(given);
      const inCycle = new Set(dependencyCycles(source).flatMap(({ path }) => path));
      for (const name of names) expect(dependencyClosure(source, name)).not.toContain(name);
      const forward = Object.fromEntries(
        names.map((name) => [name, (given[name] ?? []).filter((to) => to > name)]),
      );
      expect(dependencyCycles(graph(forward))).toEqual([]);
      for (const name of names) if (given[name]?.includes(name)) expect(inCycle.size).toBeGreaterThan(0);
    }),
  );
});

test('dependency graph: a chain of 20 000 and a ring of 20 000 are walked without a deep stack', () => {
  const names = Array.from({ length: 20_000 }, (_, at) => `n${at}`);
  const chain = Object.fromEntries(names.map((name, at) => [name, at === 0 ? [] : [`n${at - 1}`]]));
  expect(dependencyCycles(graph(chain))).toEqual([]);
  const [ring] = dependencyCycles(graph({ ...chain, n0: ['n19999'] }));
  expect(ring?.path).toHaveLength(20_001);
});
