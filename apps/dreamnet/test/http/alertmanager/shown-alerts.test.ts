import type { DeliveredAlert } from '@dreamnet/dreamnet-os-core';
import { expect, test } from 'vitest';
import { alertChunks, groupChunks } from '../../../src/http/alertmanager/shown-alerts.js';

const FREE = { state: 'active', silencedBy: [], inhibitedBy: [], mutedBy: [] } as const;

function alertOf(over: Partial<DeliveredAlert> = {}): DeliveredAlert {
  return {
    ...{ fingerprint: '0123456789abcdef', labels: { alertname: 'Down', id: '1' }, annotations: {} },
    ...{ startsAt: 1_790_000_000_000, endsAt: 1_790_000_000_001, updatedAt: 1_790_000_000_002 },
    ...{ generatorURL: '', receivers: ['hook'], status: FREE, ...over },
  };
}

/** As Alertmanager's API has them, by what turns any value into JSON. */
function plain(alert: DeliveredAlert): unknown {
  const { fingerprint, labels, annotations, generatorURL, receivers, status } = alert;
  const at = (ms: number) => new Date(ms).toISOString();
  return {
    ...{ annotations, endsAt: at(alert.endsAt), fingerprint, receivers: receivers.map((name) => ({ name })) },
    ...{ startsAt: at(alert.startsAt), status, updatedAt: at(alert.updatedAt), labels },
    ...(generatorURL !== '' && { generatorURL }),
  };
}

/** Each chunk as it is when it is given: the next may be written over it. */
const textOf = (chunks: Iterable<Buffer>): string => [...mapTexts(chunks)].join('');
function* mapTexts(chunks: Iterable<Buffer>): Generator<string> {
  for (const chunk of chunks) yield chunk.toString('latin1');
}
const readBack = (chunks: Iterable<Buffer>): unknown =>
  JSON.parse(Buffer.from(textOf(chunks), 'latin1').toString());

const suppressed = (over: object) => ({ ...FREE, state: 'suppressed' as const, ...over });

const ODD: readonly DeliveredAlert[] = [
  alertOf(),
  alertOf({ annotations: { summary: 'a "quoted" \\ text\n\u0000\u001f\u007f', other: 'ü € 😀' } }),
  alertOf({ labels: { 'na"me': 'x', größe: '1' }, annotations: { '😀': '' } }),
  alertOf({ labels: { alertname: 'Down', zone: 'z' }, generatorURL: 'http://x/?q="ü"&y' }),
  alertOf({ endsAt: 253_402_300_800_000, startsAt: -62_198_755_200_001, updatedAt: 4096 }),
  alertOf({ receivers: ['a"b', 'hook'], status: suppressed({ inhibitedBy: ['fedcba9876543210'] }) }),
  alertOf({ status: suppressed({ inhibitedBy: ['we"ird'], silencedBy: ['s1', 's2'] }) }),
  alertOf({ status: suppressed({ mutedBy: ['night'] }) }),
  alertOf({ status: suppressed({ inhibitedBy: ['a"b', 'c'] }) }),
];

test('shown alerts: the text is the JSON that any other way of making it gives', () => {
  expect(readBack(alertChunks(ODD))).toEqual(ODD.map(plain));
  expect(readBack(alertChunks([...ODD].reverse()))).toEqual([...ODD].reverse().map(plain));
});

test('shown alerts: no alerts are an empty list', () => {
  expect(textOf(alertChunks([]))).toBe('[]\n');
  expect(textOf(groupChunks([]))).toBe('[]\n');
});

test('shown alerts: a long list comes in chunks, and each stays as it is until the one after the next', () => {
  const many = Array.from({ length: 6000 }, (_, id) =>
    alertOf({ labels: { alertname: 'Down', id: `${id}` }, startsAt: 1_790_000_000_000 + id * 4096 }),
  );
  const texts: string[] = [];
  let before: Buffer | undefined;
  for (const chunk of alertChunks(many)) {
    expect(chunk.length).toBeLessThan(512 * 1024);
    if (before) texts.push(before.toString());
    before = chunk;
  }
  texts.push(`${before}`);
  expect(texts.length).toBeGreaterThan(2);
  expect(JSON.parse(texts.join(''))).toEqual(many.map(plain));
});

test('shown alerts: one alert may be longer than a chunk', () => {
  const long = alertOf({ annotations: { text: '"'.repeat(300_000), next: 'ü'.repeat(300_000) } });
  expect(readBack(alertChunks([long, alertOf()]))).toEqual([plain(long), plain(alertOf())]);
});

test('shown alerts: groups hold their alerts, their labels and their receiver', () => {
  const group = (receiver: string, alerts: readonly DeliveredAlert[]) => ({
    ...{ receiver, groupKey: '{}', groupLabels: { team: 'a"b' }, alerts },
  });
  const groups = [group('hook', ODD), group('o"ther', [alertOf()]), group('none', [])];
  expect(readBack(groupChunks(groups))).toEqual(
    groups.map(({ receiver, groupLabels, alerts }) => ({
      ...{ alerts: alerts.map(plain), labels: groupLabels, receiver: { name: receiver } },
    })),
  );
});
