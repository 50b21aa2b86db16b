import { createFakeClock } from '@dreamnet/testkit';
import { expect, test } from 'vitest';
import { createDreamNetOSCore } from '../../src/index.js';

type Core = ReturnType<typeof createDreamNetOSCore>;

/** What a program without types may give; `never` fits everywhere. */
const wrong = (value: unknown): never => value as never;

const createWith = (policy: object) => createDreamNetOSCore(wrong({ policy }));

const CALLS: readonly [place: string, call: (core: Core) => unknown][] = [
  ['watch(name, subsystem): subsystem', (core) => core.watch('a', wrong(null))],
  ['measure(name, metrics): metrics', (core) => core.measure('a', wrong(null))],
  ['signal(signal)', (core) => core.signal(wrong(undefined))],
  ['explainHealth(domain)', (core) => core.explainHealth(wrong('nix'))],
  ['silence(request)', (core) => core.silence(wrong(null))],
  ['silence(request): matchers', (core) => core.silence(wrong({}))],
  ['postAlerts(alerts)', (core) => core.postAlerts(wrong([null]))],
  ['configureAlerts(settings)', (core) => core.configureAlerts(wrong(null))],
  ['configureAlerts(settings): rules[0].name', (core) => core.configureAlerts(wrong({ rules: [{}] }))],
  ['subscribe(listener)', (core) => core.subscribe(wrong(null))],
  ['metricTrends(query)', (core) => core.metricTrends(wrong(7))],
  ['createDreamNetOSCore(options)', () => createDreamNetOSCore(wrong(null))],
  [
    'createDreamNetOSCore(options): rules[0].trigger',
    () => createDreamNetOSCore(wrong({ rules: [{ name: 'a' }] })),
  ],
  ['createDreamNetOSCore(options): polcy', () => createDreamNetOSCore(wrong({ polcy: {} }))],
  ['createDreamNetOSCore(options): notify', () => createDreamNetOSCore(wrong({ notify: 'me' }))],
  ['createDreamNetOSCore(options): gapsEveryMs', () => createDreamNetOSCore({ gapsEveryMs: 0 })],
  ['createDreamNetOSCore(options): policy.default', () => createWith({ default: 'everything' })],
  ['createDreamNetOSCore(options): policy.overrides.db', () => createWith({ overrides: { db: 'on' } })],
  ['createDreamNetOSCore(options): policy.deadlineMs', () => createWith({ deadlineMs: '15s' })],
  ['createDreamNetOSCore(options): policy.stableForMs', () => createWith({ stableForMs: Number.NaN })],
  ['createDreamNetOSCore(options): policy.largestShare', () => createWith({ largestShare: 33 })],
  ['createDreamNetOSCore(options): policy.intensity.limit', () => createWith({ intensity: {} })],
  ['createDreamNetOSCore(options): policy: cooldown', () => createWith({ cooldown: 5 })],
];

test.each(CALLS)(
  'arguments: %s that cannot be meant is refused with a code and its place',
  async (place, call) => {
    const core = createDreamNetOSCore({ clock: createFakeClock() });
    const refusal = { code: 'DN_CORE_ARGUMENT', details: { place } };
    await expect(async () => call(core)).rejects.toMatchObject(refusal);
  },
);
