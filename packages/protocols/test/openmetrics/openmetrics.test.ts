import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { readOpenMetricsCases, replayOpenMetrics } from '../../../../benchmarks/vectors/openmetrics.mjs';
import { parseOpenMetrics } from '../../src/openmetrics/openmetrics.js';

const ARCHIVE = fileURLToPath(
  new URL('../../../../../shared/bench/protocol/openmetrics-parsers.tar.gz', import.meta.url),
);

test('openmetrics: accepts and refuses what the published parser tests say', ({ skip }) => {
  skip(!existsSync(ARCHIVE), 'needs ../shared/bench/protocol/openmetrics-parsers.tar.gz');
  const cases = readOpenMetricsCases(ARCHIVE);
  expect(cases.length).toBeGreaterThan(100);
  const different = cases
    .map((one) => replayOpenMetrics(one, parseOpenMetrics))
    .filter(({ mismatch }) => mismatch);
  expect(different).toEqual([]);
});

/** Rules of the format that the published tests at hand do not touch. */
const REFUSED: Readonly<Record<string, string>> = {
  'two labels of one name': 'a{a="1",a="1"} 1\n# EOF\n',
  'a comma after the last label': 'a{a="1",} 1\n# EOF\n',
  'a number with digits in groups': 'a 1_2\n# EOF\n',
  'two spaces before the value': 'a  1\n# EOF\n',
  'a negative counter': '# TYPE a counter\na_total -1\n# EOF\n',
  'an infinite timestamp': 'a 1 +Inf\n# EOF\n',
  'a unit of a stateless info': '# TYPE x_u info\n# UNIT x_u u\n# EOF\n',
  'an exemplar of a gauge': '# TYPE a gauge\na 1 # {a="b"} 1\n# EOF\n',
  'an exemplar of when a counter was created': '# TYPE a counter\na_created 1 # {a="b"} 0.5\n# EOF\n',
  'a state that is neither 0 nor 1': '# TYPE a stateset\na{a="bar"} 2\n# EOF\n',
  'a sum without a count': '# TYPE a histogram\na_bucket{le="+Inf"} 0\na_sum 0\n# EOF\n',
  'a count without a sum': '# TYPE a histogram\na_bucket{le="+Inf"} 0\na_count 0\n# EOF\n',
  'half a thing in a bucket': '# TYPE a histogram\na_bucket{le="+Inf"} 0.5\n# EOF\n',
  'help after the values': '# TYPE a gauge\na 1\n# HELP a gauge\n# EOF\n',
  'a line that ends in carriage return': 'a 1\r\n# EOF\n',
  'text behind the end on its line': 'a 1\n# EOFblah',
  'a name taken by an info': '# TYPE a info\n# TYPE a counter\n# EOF\n',
};
for (const [what, text] of Object.entries(REFUSED))
  test(`openmetrics: ${what} is refused`, () => {
    expect(parseOpenMetrics(text).isAccepted).toBe(false);
  });

test('openmetrics: values, labels, timestamps and exemplars come out as written', () => {
  const parsed = parseOpenMetrics(
    [
      '# TYPE http_seconds histogram',
      '# UNIT http_seconds seconds',
      '# HELP http_seconds How\\nlong',
      'http_seconds_bucket{path="/a\\"b",le="1"} 2 1.5 # {id="x # }"} 0.5 7',
      'http_seconds_bucket{path="/a\\"b",le="+Inf"} 3 1.5',
      '# TYPE a_state stateset',
      'a_state{a_state="on",__proto__="x"} 1',
      'b NaN',
      '# EOF',
    ].join('\n'),
  );
  if (!parsed.isAccepted) throw new TypeError(parsed.why);
  const [histogram, states, unknown] = parsed.families;
  expect(histogram).toMatchObject({
    name: 'http_seconds',
    type: 'histogram',
    unit: 'seconds',
    help: 'How\nlong',
    points: [
      {
        name: 'http_seconds_bucket',
        labels: { path: '/a"b', le: '1' },
        value: 2,
        timestamp: 1.5,
        exemplar: { labels: { id: 'x # }' }, value: 0.5, timestamp: 7 },
      },
      { value: 3 },
    ],
  });
  expect(Object.keys(states?.points[0]?.labels ?? {})).toEqual(['a_state', '__proto__']);
  expect(unknown).toMatchObject({ name: 'b', type: 'unknown', points: [{ value: Number.NaN }] });
});

test('openmetrics: more values or labels than allowed are refused with the line', () => {
  const text = 'a{x="1"} 1\na{x="2"} 1\na{x="3"} 1\n# EOF\n';
  expect(parseOpenMetrics(text, { points: 2 })).toEqual({
    isAccepted: false,
    line: 3,
    why: 'more than 2 values',
  });
  expect(parseOpenMetrics('a{x="1",y="2"} 1\n# EOF\n', { labels: 1 })).toMatchObject({
    isAccepted: false,
    line: 1,
  });
});
