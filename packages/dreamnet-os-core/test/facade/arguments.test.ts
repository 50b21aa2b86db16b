import { createFakeClock } from '@dreamnet/testkit';
import { expect, test } from 'vitest';
import { createDreamNetOSCore } from '../../src/index.js';

type Core = ReturnType<typeof createDreamNetOSCore>;

/** What a program without types may give; `never` fits everywhere. */
const wrong = (value: unknown): never => value as never;

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
];

test.each(CALLS)(
  'arguments: %s that cannot be meant is refused with a code and its place',
  async (place, call) => {
    const core = createDreamNetOSCore({ clock: createFakeClock() });
    const refusal = { code: 'DN_CORE_ARGUMENT', details: { place } };
    await expect(async () => call(core)).rejects.toMatchObject(refusal);
  },
);
