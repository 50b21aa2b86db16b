import type { Exemplar, MetricPoint } from './exposition.js';
import type { LineScanner, LineSyntax } from './line-scanner.js';

/** What differs between the two formats in the line of a point. */
export interface PointSyntax extends LineSyntax {
  /** The number after the value: seconds or milliseconds. */
  readonly timestampUnit: 's' | 'ms';
  readonly hasExemplars: boolean;
}

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const WHOLE = /^[+-]?\d+$/;
const SPECIAL: Readonly<Record<string, number>> = {
  nan: Number.NaN,
  '+nan': Number.NaN,
  '-nan': Number.NaN,
  inf: Number.POSITIVE_INFINITY,
  '+inf': Number.POSITIVE_INFINITY,
  '-inf': Number.NEGATIVE_INFINITY,
  infinity: Number.POSITIVE_INFINITY,
  '+infinity': Number.POSITIVE_INFINITY,
  '-infinity': Number.NEGATIVE_INFINITY,
};
/** Of names and values of an exemplar's labels together, in code points. @source OpenMetrics 1.0, Exemplars */
const EXEMPLAR_LABEL_LIMIT = 128;
const HASH = 0x23;
const OPENING_BRACE = 0x7b;
const CLOSING_BRACE = 0x7d;

/** A number as both formats write it; undefined when it is none. Hexadecimal and grouped digits are none. */
export function readNumber(text: string): number | undefined {
  if (DECIMAL.test(text)) return Number(text);
  const special = text.toLowerCase();
  return Object.hasOwn(SPECIAL, special) ? SPECIAL[special] : undefined;
}

/** Reads the line of one point. @returns the point, or why it is none */
export function scanPoint(line: string, scanner: LineScanner, syntax: PointSyntax): MetricPoint | string {
  scanner.begin(line);
  const name = scanner.metricName();
  if (name === '') return 'expected the name of a metric';
  const isApart = syntax.isLoose && scanner.gap();
  const labels = scanner.labels();
  if (typeof labels === 'string') return labels;
  const isSeparated = isApart || (syntax.isLoose && scanner.isBehind(CLOSING_BRACE));
  if (!scanner.gap() && !isSeparated) return 'expected a space before the value';
  const value = readNumber(scanner.token());
  if (value === undefined) return 'expected a number as value';
  if (scanner.isDone()) return { name, labels, value };
  return scanRest({ name, labels, value }, scanner, syntax);
}

/** What may follow the value: a timestamp, an exemplar, or both. */
function scanRest(point: MetricPoint, scanner: LineScanner, syntax: PointSyntax): MetricPoint | string {
  if (!scanner.gap()) return 'expected the value to end';
  if (syntax.isLoose && scanner.isDone()) return point;
  let timestamp: number | undefined;
  if (!scanner.isAt(HASH)) {
    timestamp = readTimestamp(scanner.token(), syntax);
    if (timestamp === undefined) return 'expected a number as timestamp';
    if (scanner.isDone()) return { ...point, timestamp };
    if (!scanner.gap()) return 'expected the timestamp to end';
    if (syntax.isLoose && scanner.isDone()) return { ...point, timestamp };
  }
  if (!syntax.hasExemplars) return 'expected the line to end';
  const exemplar = scanExemplar(scanner, syntax);
  if (typeof exemplar === 'string') return exemplar;
  return { ...point, ...(timestamp !== undefined && { timestamp }), exemplar };
}

function scanExemplar(scanner: LineScanner, syntax: PointSyntax): Exemplar | string {
  if (!scanner.take('# ')) return "expected '# ' before an exemplar";
  if (!scanner.isAt(OPENING_BRACE)) return 'expected the labels of the exemplar';
  const labels = scanner.labels();
  if (typeof labels === 'string') return labels;
  let length = 0;
  for (const name of Object.keys(labels)) length += [...name].length + [...(labels[name] ?? '')].length;
  if (length > EXEMPLAR_LABEL_LIMIT)
    return `the exemplar's labels are longer than ${EXEMPLAR_LABEL_LIMIT} characters`;
  if (!scanner.gap()) return "expected a space before the exemplar's value";
  const value = readNumber(scanner.token());
  if (value === undefined) return "expected a number as the exemplar's value";
  if (scanner.isDone()) return { labels, value };
  if (!scanner.gap()) return "expected the exemplar's value to end";
  const timestamp = readTimestamp(scanner.token(), syntax);
  if (timestamp === undefined || !scanner.isDone()) return "expected a number as the exemplar's timestamp";
  return { labels, value, timestamp };
}

function readTimestamp(text: string, { timestampUnit }: PointSyntax): number | undefined {
  if (timestampUnit === 'ms') return WHOLE.test(text) ? Number(text) / 1000 : undefined;
  return DECIMAL.test(text) ? Number(text) : undefined;
}
