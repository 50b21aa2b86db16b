import type { SubsystemManifest } from '@dreamnet/contracts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  dependencyClosure,
  dependencyCycles,
  needsAnyOf,
  whoNeeds,
} from '../../src/auto-recovery/dependency-graph.js';
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

test('dependency graph: who needs somebody, and who needs anybody of some, is what the closures say', () => {
  const names = ['a', 'b', 'c', 'd', 'e', 'f'];
  const edges = fc.record(Object.fromEntries(names.map((name) => [name, fc.subarray(names)])));
  fc.assert(
    fc.property(edges, fc.subarray(names), fc.constantFrom(...names), (given, some, target) => {
      const source = graph(given);
      const closures = new Map(names.map((name) => [name, dependencyClosure(source, name)]));
      const needs = (name: string, other: string) => closures.get(name)?.includes(other) === true;
      const others = some.filter((name) => name !== target);
      expect([...whoNeeds(source, others, target)]).toEqual(others.filter((name) => needs(name, target)));
      for (const name of names)
        expect(needsAnyOf(source, name, new Set(some))).toBe(some.some((other) => needs(name, other)));
    }),
  );
});

test('dependency graph: whose next dependency fails is not walked to its end', () => {
  const names = Array.from({ length: 1000 }, (_, at) => `n${at}`);
  const { manifest } = graph(
    Object.fromEntries(names.map((name, at) => [name, at === 0 ? [] : [`n${at - 1}`]])),
  );
  let read = 0;
  const counted = (name: string) => {
    read += 1;
    return manifest(name);
  };
  const failing = new Set(names);
  const source = { names: () => names, manifest: counted };
  expect(names.filter((name) => !needsAnyOf(source, name, failing))).toEqual(['n0']);
  expect(read).toBe(1000);
});

test('dependency graph: a chain of 20 000 and a ring of 20 000 are walked without a deep stack', () => {
  const names = Array.from({ length: 20_000 }, (_, at) => `n${at}`);
  const chain = Object.fromEntries(names.map((name, at) => [name, at === 0 ? [] : [`n${at - 1}`]]));
  expect(dependencyCycles(graph(chain))).toEqual([]);
  const [ring] = dependencyCycles(graph({ ...chain, n0: ['n19999'] }));
  expect(ring?.path).toHaveLength(20_001);
});
