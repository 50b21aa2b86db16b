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
