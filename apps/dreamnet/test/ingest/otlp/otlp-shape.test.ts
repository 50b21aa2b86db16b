import { expect, test } from 'vitest';
import type { OtlpSignal } from '../../../src/ingest/otlp/otlp-codec.js';
import { checkOtlpShape } from '../../../src/ingest/otlp/otlp-shape.js';

function placeOf(signal: OtlpSignal, body: unknown): unknown {
  try {
    checkOtlpShape(signal, body);
    return undefined;
  } catch (thrown) {
    const { code, details } = thrown as { code: string; details: { where: string } };
    return code === 'DN_API_BAD_INPUT' ? details.where : thrown;
  }
}

const within = (metrics: unknown) => ({ resourceMetrics: [{}, { scopeMetrics: [{ metrics }] }] });
const METRICS = 'body.resourceMetrics[1].scopeMetrics[0].metrics';

for (const [place, body] of [
  ['body', []],
  ['body', 'x'],
  ['body', null],
  ['body.resourceMetrics', { resourceMetrics: 'x' }],
  ['body.resourceMetrics', { resourceMetrics: {} }],
  ['body.resourceMetrics[0]', { resourceMetrics: [null] }],
  ['body.resourceMetrics[0].resource', { resourceMetrics: [{ resource: [] }] }],
  ['body.resourceMetrics[0].resource.attributes', { resourceMetrics: [{ resource: { attributes: {} } }] }],
  ['body.resourceMetrics[0].scopeMetrics', { resourceMetrics: [{ scopeMetrics: {} }] }],
  [METRICS, within(5)],
  [`${METRICS}[0].gauge`, within([{ gauge: 'x' }])],
  [`${METRICS}[0].sum.dataPoints`, within([{ sum: { dataPoints: 'x' } }])],
  [`${METRICS}[0].summary.dataPoints[0]`, within([{ summary: { dataPoints: [7] } }])],
] as const)
  test(`otlp: the wrong type in ${JSON.stringify(body)} is refused at ${place}`, () =>
    expect(placeOf('metrics', body)).toBe(place));

test('otlp: the wrong type in traces is refused with its place', () => {
  expect(placeOf('traces', { resourceSpans: 1 })).toBe('body.resourceSpans');
  const spans = [{}, { attributes: 'x' }];
  const place = 'body.resourceSpans[0].scopeSpans[0].spans[1].attributes';
  expect(placeOf('traces', { resourceSpans: [{ scopeSpans: [{ spans }] }] })).toBe(place);
});

test('otlp: what is null or unknown is as if it were not there', () => {
  const body = { resourceMetrics: [{ resource: null, scopeMetrics: null, more: 1 }], resource_metrics: 5 };
  expect(placeOf('metrics', body)).toBeUndefined();
  expect(body.resourceMetrics[0]).toEqual({ more: 1 });
});
