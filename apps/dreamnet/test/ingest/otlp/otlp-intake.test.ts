import type { HealthReport } from '@dreamnet/contracts';
import { createFakeClock } from '@dreamnet/testkit';
import { expect, test } from 'vitest';
import { createOtlpIntake } from '../../../src/ingest/otlp/otlp-intake.js';
import { createOtlpServices } from '../../../src/ingest/otlp/otlp-services.js';
import { createRateLimit } from '../../../src/ingest/rate-limit.js';
import { createReportDesk } from '../../../src/ingest/report-desk.js';

const MINUTE = 60_000;
const EXPORT = { resourceMetrics: [{ scopeMetrics: [] }] };

/** An intake that one nameless service exports metrics to. */
function rig() {
  const clock = createFakeClock();
  const reports: HealthReport[] = [];
  const spent: [string, number][] = [];
  const intake = createOtlpIntake({
    clock,
    desk: createReportDesk({
      heartbeat: (report) => {
        reports.push(report);
        return { accepted: true };
      },
      rate: createRateLimit(clock, 1000),
    }),
    journal: { keep: async () => undefined },
    onTokens: (service, tokens) => spent.push([service, tokens]),
    services: createOtlpServices({
      isWatched: () => true,
      watch: () => undefined,
      hasOwnTtl: () => false,
      settings: { autoWatch: true, limit: 10 },
    }),
  });
  const after = async (ms: number): Promise<number | undefined> => {
    await clock.advance(ms);
    await intake.metrics(EXPORT, undefined);
    return reports.at(-1)?.ttlMs;
  };
  return { after, intake, spent };
}

test('otlp: an outage is no pace: the next one is found as soon as the first', async () => {
  const { after } = rig();
  for (let n = 0; n < 10; n += 1) expect(await after(MINUTE)).toBe(3 * MINUTE);
  expect(await after(600 * MINUTE)).toBe(3 * MINUTE);
  for (let n = 0; n < 10; n += 1) expect(await after(MINUTE)).toBe(3 * MINUTE);
});

test('otlp: a slow sender has three of its own intervals, also when it exports in between now and then', async () => {
  const { after } = rig();
  await after(0);
  expect(await after(10 * MINUTE)).toBe(30 * MINUTE);
  for (let n = 0; n < 5; n += 1) {
    expect(await after(10 * MINUTE)).toBe(30 * MINUTE);
    if (n === 2) expect(await after(1)).toBe(30 * MINUTE);
  }
});

test('otlp: tokens of models are told once each, and those an agent sums up are not told again', async () => {
  const { intake, spent } = rig();
  const span = (operation: string, tokens: number) => ({
    attributes: [
      { key: 'gen_ai.operation.name', value: { stringValue: operation } },
      { key: 'gen_ai.usage.input_tokens', value: { intValue: String(tokens) } },
      { key: 'gen_ai.usage.output_tokens', value: { intValue: '1' } },
    ],
  });
  const send = (spans: object[]) =>
    intake.traces({ resourceSpans: [{ scopeSpans: [{ spans }] }] } as never, 'writer');
  await send([span('chat', 100), span('chat', 20), span('invoke_agent', 121)]);
  await send([span('chat', 7)]);
  await send([{ name: 'no model at all' }]);
  expect(spent).toEqual([
    ['writer', 122],
    ['writer', 8],
  ]);
});
