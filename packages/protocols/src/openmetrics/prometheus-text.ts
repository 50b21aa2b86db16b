import type {
  ExpositionLimits,
  MetricFamily,
  MetricPoint,
  MetricType,
  ParsedExposition,
} from './exposition.js';
import { createPointReader, type PointReader } from './point-reader.js';
import { LINES_A_STEP, readAtOnce, type Reading as TextReading } from './reading-steps.js';

const TYPES: Readonly<Record<string, MetricType>> = {
  counter: 'counter',
  gauge: 'gauge',
  histogram: 'histogram',
  summary: 'summary',
  untyped: 'unknown',
};
/** Whose family a point belongs to, beside its own name. */
const SUFFIXES = /_(?:bucket|count|sum)$/;
const FORMAT = { isLoose: true, timestampUnit: 'ms', hasExemplars: false } as const;

interface Draft extends MetricFamily {
  type: MetricType;
  help: string;
  isTyped: boolean;
  isHelped: boolean;
  points: MetricPoint[];
}

interface Reading {
  families: Map<string, Draft>;
  readPoint: PointReader;
}

/**
 * Reads a text in Prometheus' own format, version 0.0.4, and refuses what is not one. Any comment that is neither
 * TYPE nor HELP is passed over.
 *
 * @param text The body of an answer of type `text/plain; version=0.0.4`, decoded.
 * @source https://prometheus.io/docs/instrumenting/exposition_formats/
 */
export function parsePrometheusText(text: string, limits: ExpositionLimits = {}): ParsedExposition {
  return readAtOnce(readPrometheusText(text, limits));
}

/** As `parsePrometheusText`, step by step. */
export function* readPrometheusText(
  text: string,
  limits: ExpositionLimits = {},
): TextReading<ParsedExposition> {
  const reading: Reading = {
    families: new Map(),
    readPoint: createPointReader(FORMAT, limits),
  };
  // Without this a last line that was cut off could be taken for a whole one: 123 for 12345.
  if (text !== '' && !text.endsWith('\n'))
    return { isAccepted: false, line: text.split('\n').length, why: 'the last line does not end' };
  let number = 0;
  for (let begin = 0; begin < text.length; ) {
    const end = text.indexOf('\n', begin);
    number += 1;
    if (number % LINES_A_STEP === 0) yield;
    const why = takeLine(reading, text.slice(begin, end));
    if (why !== undefined) return { isAccepted: false, line: number, why };
    begin = end + 1;
  }
  const families = [...reading.families.values()].map(({ name, type, help, unit, points }) => ({
    name,
    type,
    help,
    unit,
    points,
  }));
  return { isAccepted: true, families };
}

function takeLine(reading: Reading, line: string): string | undefined {
  const text = line.trimStart();
  if (text === '') return undefined;
  return text.startsWith('#') ? takeComment(reading, text) : takePoint(reading, line);
}

function takeComment(reading: Reading, text: string): string | undefined {
  const [, kind, rest = ''] = /^#[ \t]+(TYPE|HELP)(?:[ \t]+(.*))?$/.exec(text) ?? [];
  if (kind === undefined) return undefined;
  const [, name, value = ''] = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:[ \t]+(.*))?$/.exec(rest) ?? [];
  if (name === undefined) return `expected the name of a metric after ${kind}`;
  const family = familyOf(reading, name);
  if (kind === 'HELP') {
    if (family.isHelped) return `a second HELP of '${name}'`;
    family.isHelped = true;
    family.help = value.replace(/\\(\\|n)/g, (_, part) => (part === 'n' ? '\n' : part));
    return undefined;
  }
  const type = Object.hasOwn(TYPES, value.trim()) ? TYPES[value.trim()] : undefined;
  if (type === undefined) return `'${value}' is no type of a metric`;
  if (family.isTyped) return `a second TYPE of '${name}'`;
  if (family.points.length > 0) return `TYPE of '${name}' comes after its values`;
  family.isTyped = true;
  family.type = type;
  return undefined;
}

function takePoint(reading: Reading, line: string): string | undefined {
  const point = reading.readPoint(line);
  if (typeof point === 'string') return point;
  const owner = reading.families.get(point.name.replace(SUFFIXES, ''));
  const isPart = owner?.type === 'histogram' || owner?.type === 'summary';
  (isPart ? owner : familyOf(reading, point.name)).points.push(point);
  return undefined;
}

function familyOf(reading: Reading, name: string): Draft {
  const known = reading.families.get(name);
  if (known !== undefined) return known;
  const made: Draft = {
    name,
    type: 'unknown',
    help: '',
    unit: '',
    isTyped: false,
    isHelped: false,
    points: [],
  };
  reading.families.set(name, made);
  return made;
}
