import { createFakeClock } from '@dreamnet/testkit';
import { expect, test } from 'vitest';
import { createOtlpServices } from '../../../src/ingest/otlp/otlp-services.js';

function rig(settings: { autoWatch: boolean; limit: number }) {
  const watched = new Set(['declared']);
  const noted: string[] = [];
  const services = createOtlpServices({
    clock: createFakeClock(),
    isWatched: (name) => watched.has(name),
    watch: (name) => void watched.add(name),
    hasOwnTtl: () => false,
    settings,
    onUndeclared: (name) => void noted.push(name),
  });
  const of = (name: string) =>
    services.of({ attributes: [{ key: 'service.name', value: { stringValue: name } }] }, undefined);
  return { services, of, watched, noted };
}

test('otlp services: those of before the start are watched again within the limit, and count for it', () => {
  const { services, of, watched } = rig({ autoWatch: true, limit: 2 });
  services.resume(['declared', 'a', 'b', 'c']);
  expect([...watched]).toEqual(['declared', 'a', 'b']);
  expect(of('c')).toEqual({ refused: expect.stringContaining('limit (2)') });
  expect(of('a')).toMatchObject({ name: 'a' });
});

test('otlp services: where only what is declared is watched nobody is watched again', () => {
  const { services, watched } = rig({ autoWatch: false, limit: 2 });
  services.resume(['a']);
  expect([...watched]).toEqual(['declared']);
});

test('otlp services: every export of one that nobody declared is noted, and none of one that is declared', () => {
  const { services, of, noted } = rig({ autoWatch: true, limit: 5 });
  services.resume(['a']);
  for (const name of ['a', 'b', 'b', 'declared']) of(name);
  expect(noted).toEqual(['a', 'b', 'b']);
});

/** The subsystem that a service of this name, and of this instance, is. */
function namesOf(declared: readonly string[] = []) {
  const { services, watched } = rig({ autoWatch: true, limit: 100 });
  for (const name of declared) watched.add(name);
  return (service: string | undefined, instance?: string): string => {
    const told = Object.entries({ 'service.name': service, 'service.instance.id': instance });
    const attributes = told.flatMap(([key, value]) =>
      value === undefined ? [] : [{ key, value: { stringValue: value } }],
    );
    const found = services.of({ attributes }, undefined);
    return 'refused' in found ? found.refused : found.name;
  };
}

test('otlp services: a name of letters, digits, - and _ is kept as it is, and no name is unknown_service', () => {
  const nameOf = namesOf();
  const longest = 'x'.repeat(63);
  for (const name of ['a-b', 'Shop_1', longest, 'unknown_service']) expect(nameOf(name)).toBe(name);
  for (const name of ['', undefined]) expect(nameOf(name)).toBe('unknown_service');
});

test('otlp services: two names are two subsystems, however alike they are, and the same ones after the next start', () => {
  const [nameOf, afterwards] = [namesOf(), namesOf()];
  const long = 'x'.repeat(70);
  const told = [
    'a-b',
    'a.b',
    'a/b',
    'a b',
    '-a-b',
    'a-b_',
    '日本',
    '中国',
    'unknown_service',
    `${long}1`,
    `${long}2`,
  ];
  const names = told.map((name) => nameOf(name));
  expect(new Set(names).size).toBe(told.length);
  for (const name of names) expect(name).toMatch(/^[A-Za-z0-9][A-Za-z0-9_-]{0,61}[A-Za-z0-9]$/);
  expect(names[1]).toMatch(/^a-b-[0-9a-f]{8}$/);
  expect(names[6]).toMatch(/^unknown_service-[0-9a-f]{8}$/);
  expect(
    told
      .toReversed()
      .map((name) => afterwards(name))
      .toReversed(),
  ).toEqual(names);
});

test('otlp services: a declared subsystem is the first service whose name looks like it, and before it the one that has it', () => {
  const nameOf = namesOf(['check-out']);
  expect(nameOf('check.out')).toBe('check-out');
  expect(nameOf('check/out')).toMatch(/^check-out-[0-9a-f]{8}$/);
  expect(nameOf('check.out')).toBe('check-out');
  expect(nameOf('check-out')).toBe('check-out');
  expect(nameOf('check.out')).toMatch(/^check-out-[0-9a-f]{8}$/);
});

test('otlp services: an instance is a subsystem of its own where it is declared, and not because a service has that name', () => {
  const nameOf = namesOf(['shop-1']);
  expect(nameOf('a-b')).toBe('a-b');
  expect(nameOf('a', 'b')).toBe('a');
  expect(nameOf('shop', '1')).toBe('shop-1');
});
