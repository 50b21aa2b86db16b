import { expect, test } from 'vitest';
import { parsePrometheusText } from '../../src/openmetrics/prometheus-text.js';

const EXAMPLE = `# HELP http_requests_total The total number of HTTP requests.
# TYPE http_requests_total counter
http_requests_total{method="post",code="200"} 1027 1395066363000
http_requests_total{method="post",code="400"}    3 1395066363000

# A comment of no meaning
msdos_file_access_time_seconds{path="C:\\\\DIR\\\\FILE.TXT",error="Cannot find file:\\n\\"FILE.TXT\\""} 1.458255915e9
metric_without_timestamp_and_labels 12.47
something_weird{problem="division by zero", } +Inf -3982045
# TYPE rpc_seconds summary
rpc_seconds{quantile="0.5"} 4773
rpc_seconds_sum 1.7560473e+07
\trpc_seconds_count 2693
# TYPE h histogram
h_bucket{le="+Inf"} 144320
h_sum 53423
h_count 144320
`;

test('prometheus text: families, types, escapes and times in milliseconds are read', () => {
  const parsed = parsePrometheusText(EXAMPLE);
  if (!parsed.isAccepted) throw new TypeError(`line ${parsed.line}: ${parsed.why}`);
  expect(parsed.families.map(({ name, type, points }) => [name, type, points.length])).toEqual([
    ['http_requests_total', 'counter', 2],
    ['msdos_file_access_time_seconds', 'unknown', 1],
    ['metric_without_timestamp_and_labels', 'unknown', 1],
    ['something_weird', 'unknown', 1],
    ['rpc_seconds', 'summary', 3],
    ['h', 'histogram', 3],
  ]);
  expect(parsed.families[0]?.points[0]).toMatchObject({
    labels: { method: 'post', code: '200' },
    value: 1027,
    timestamp: 1395066363,
  });
  expect(parsed.families[1]?.points[0]?.labels.error).toBe('Cannot find file:\n"FILE.TXT"');
  expect(parsed.families[3]?.points[0]).toMatchObject({
    value: Number.POSITIVE_INFINITY,
    timestamp: -3982.045,
  });
});

const REFUSED: Readonly<Record<string, [text: string, line: number]>> = {
  'a value that is no number': ['a 1\nb x\n', 2],
  'a fraction of a millisecond': ['a 1 1.5\n', 1],
  'a second TYPE': ['# TYPE a gauge\n# TYPE a gauge\n', 2],
  'a TYPE after the values': ['a 1\n# TYPE a gauge\n', 2],
  'a type that is none': ['# TYPE a info\n', 1],
  'something behind the timestamp': ['a 1 2 3\n', 1],
  'a label without quotes': ['a{b=1} 1\n', 1],
  'a last line that was cut off': ['a 1\nb 12', 2],
};
for (const [what, [text, line]] of Object.entries(REFUSED))
  test(`prometheus text: ${what} is refused with its line`, () => {
    expect(parsePrometheusText(text)).toMatchObject({ isAccepted: false, line });
  });

test('prometheus text: an empty text is one without metrics', () => {
  expect(parsePrometheusText('')).toEqual({ isAccepted: true, families: [] });
});
