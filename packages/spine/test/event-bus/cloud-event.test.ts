import type { DreamnetEvent } from '@dreamnet/contracts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fromCloudEvent, toCloudEvent } from '../../src/index.js';

const sample: DreamnetEvent = {
  id: 'e1',
  type: 'route.announced',
  at: 1_700_000_000_123,
  source: 'agent bgp/1',
  subject: 'coder',
  data: { capability: 'code.generation', provider: 'coder' },
};

test('cloud event: has the required attributes of 1.0', () => {
  expect(toCloudEvent(sample, 7)).toEqual({
    specversion: '1.0',
    id: 'e1',
    source: '/dreamnet/agent%20bgp%2F1',
    type: 'route.announced',
    subject: 'coder',
    time: '2023-11-14T22:13:20.123Z',
    datacontenttype: 'application/json',
    data: sample.data,
    sequence: '7',
  });
});

test('cloud event: reading gives back what was written, through JSON', () => {
  const texts = fc.string({ minLength: 1, unit: 'grapheme' });
  fc.assert(
    fc.property(texts, texts, fc.integer({ min: 0, max: 4e12 }), (id, source, at) => {
      const event = { ...sample, id, source, at };
      const reading = fromCloudEvent(JSON.parse(JSON.stringify(toCloudEvent(event, 3))));
      expect(reading).toEqual({ ok: true, event, sequence: 3 });
    }),
  );
});

test('cloud event: what is wrong is told by attribute', () => {
  const good = toCloudEvent(sample);
  const cases: [string, unknown][] = [
    ['specversion', '0.3'],
    ['id', ''],
    ['type', 'no.such-event'],
    ['type', 'toString'],
    ['source', 'https://elsewhere.example/'],
    ['source', '/dreamnet/%zz'],
    ['subject', undefined],
    ['time', 'yesterday'],
    ['time', '2023-11-14'],
    ['datacontenttype', 'text/plain'],
    ['data_base64', 'aGk='],
    ['data', [1]],
    ['sequence', 7],
    ['Extension', 'x'],
  ];
  for (const [attribute, value] of cases)
    expect(fromCloudEvent({ ...good, [attribute]: value }), attribute).toMatchObject({
      ok: false,
      attribute,
    });
  expect(fromCloudEvent('text')).toMatchObject({ ok: false });
});
