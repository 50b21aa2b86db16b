import {
  type ExpositionLimits,
  METRIC_TYPES,
  type MetricFamily,
  type MetricPoint,
  type MetricType,
  type ParsedExposition,
} from './exposition.js';
import { histogramProblem } from './histogram-rules.js';
import { createPointReader, type PointReader } from './point-reader.js';
import { groupKey, isHistogram, pointProblem, TYPE_SUFFIXES } from './point-rules.js';
import { LINES_A_STEP, readAtOnce, type Reading as TextReading } from './reading-steps.js';

const END = '# EOF';
const METADATA = /^# (TYPE|HELP|UNIT) ([^ ]+) (.*)$/;
const METRIC_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const FORMAT = { isLoose: false, timestampUnit: 's', hasExemplars: true } as const;

interface Draft {
  name: string;
  type: MetricType | undefined;
  help: string | undefined;
  unit: string | undefined;
  /** Full names of its points. */
  names: readonly string[];
  points: MetricPoint[];
  groups: Set<string>;
  group: string | undefined;
  timestamp: number | undefined;
}

interface Reading {
  families: MetricFamily[];
  draft: Draft | undefined;
  /** Every name taken by a family or by one of its points. */
  taken: Set<string>;
  readPoint: PointReader;
}

/**
 * Reads a text in the OpenMetrics format, version 1.0, and refuses what is not one.
 *
 * @param text The body of an answer of type `application/openmetrics-text`, decoded.
 * @source https://github.com/prometheus/OpenMetrics/blob/main/specification/OpenMetrics.md
 */
export function parseOpenMetrics(text: string, limits: ExpositionLimits = {}): ParsedExposition {
  return readAtOnce(readOpenMetrics(text, limits));
}

/** As `parseOpenMetrics`, step by step. */
export function* readOpenMetrics(text: string, limits: ExpositionLimits = {}): TextReading<ParsedExposition> {
  const reading: Reading = {
    families: [],
    draft: undefined,
    taken: new Set(),
    readPoint: createPointReader(FORMAT, limits),
  };
  let number = 0;
  for (let begin = 0; begin < text.length; ) {
    const end = text.indexOf('\n', begin);
    const line = end < 0 ? text.slice(begin) : text.slice(begin, end);
    number += 1;
    if (number % LINES_A_STEP === 0) yield;
    begin = end < 0 ? text.length : end + 1;
    if (line === END) {
      const why = begin < text.length ? `text after '${END}'` : closeDraft(reading);
      return why === undefined ? { isAccepted: true, families: reading.families } : refuse(number, why);
    }
    const why = takeLine(reading, line);
    if (why !== undefined) return refuse(number, why);
  }
  return refuse(number + 1, `the text does not end with '${END}'`);
}

function refuse(line: number, why: string): ParsedExposition {
  return { isAccepted: false, line, why };
}

function takeLine(reading: Reading, line: string): string | undefined {
  if (line === '') return 'an empty line';
  return line.startsWith('#') ? takeMetadata(reading, line) : takePoint(reading, line);
}

function takeMetadata(reading: Reading, line: string): string | undefined {
  const [, kind, name = '', value = ''] = METADATA.exec(line) ?? [];
  if (kind === undefined) return 'expected # TYPE, # HELP or # UNIT, a name and a value';
  if (!METRIC_NAME.test(name)) return `'${name}' is no name of a metric`;
  if (reading.draft?.name !== name) {
    const why = beginDraft(reading, name, undefined);
    if (why !== undefined) return why;
  }
  const { draft } = reading;
  if (draft === undefined) return undefined;
  if (draft.points.length > 0) return `${kind} of '${name}' comes after its values`;
  return describe(draft, kind, value);
}

function describe(draft: Draft, kind: string, value: string): string | undefined {
  const field = kind === 'TYPE' ? 'type' : kind === 'HELP' ? 'help' : 'unit';
  if (draft[field] !== undefined) return `a second ${kind} of '${draft.name}'`;
  if (kind === 'HELP') draft.help = value.replace(/\\(\\|n|")/g, (_, part) => (part === 'n' ? '\n' : part));
  else if (kind === 'UNIT') draft.unit = value;
  else {
    const type = METRIC_TYPES.find((one) => one === value);
    if (type === undefined) return `'${value}' is no type of a metric`;
    draft.type = type;
    draft.names = TYPE_SUFFIXES[type].map((suffix) => draft.name + suffix);
  }
  return undefined;
}

function takePoint(reading: Reading, line: string): string | undefined {
  const point = reading.readPoint(line);
  if (typeof point === 'string') return point;
  if (!reading.draft?.names.includes(point.name)) {
    const why = beginDraft(reading, point.name, 'unknown');
    if (why !== undefined) return why;
  }
  const { draft } = reading;
  if (draft === undefined) return undefined;
  const family = { name: draft.name, type: draft.type ?? 'unknown' };
  const why = pointProblem(point, family) ?? orderProblem(draft, point, groupKey(point, family));
  if (why !== undefined) return why;
  draft.points.push(point);
  return undefined;
}

/** The values of one thing stand together, and their times do not go back. */
function orderProblem(draft: Draft, { timestamp }: MetricPoint, key: string): string | undefined {
  if (draft.group === key) {
    if ((timestamp === undefined) !== (draft.timestamp === undefined))
      return 'some values of the same labels have a timestamp, some have none';
    const isBack = timestamp !== undefined && draft.timestamp !== undefined && timestamp < draft.timestamp;
    if (isBack && draft.type !== 'info') return 'the timestamps of the same labels go back';
  } else if (draft.groups.has(key)) return 'the values of the same labels do not stand together';
  else draft.groups.add(key);
  draft.group = key;
  draft.timestamp = timestamp;
  return undefined;
}

function beginDraft(reading: Reading, name: string, type: MetricType | undefined): string | undefined {
  const why = closeDraft(reading);
  reading.draft = {
    name,
    type,
    help: undefined,
    unit: undefined,
    names: [name],
    points: [],
    groups: new Set(),
    group: undefined,
    timestamp: undefined,
  };
  return why;
}

/** Checks what only the whole family tells, and keeps it. */
function closeDraft(reading: Reading): string | undefined {
  const { draft, taken, families } = reading;
  if (draft === undefined) return undefined;
  const { name, type = 'unknown', unit = '', help = '', points } = draft;
  for (const taking of new Set([name, ...TYPE_SUFFIXES[type].map((suffix) => name + suffix)])) {
    if (taken.has(taking)) return `the name '${taking}' is taken by another metric`;
    taken.add(taking);
  }
  if (unit !== '' && !name.endsWith(`_${unit}`)) return `'${name}' does not end with its unit '${unit}'`;
  if (unit !== '' && (type === 'info' || type === 'stateset')) return `'${name}': ${type} has no unit`;
  families.push({ name, type, help, unit, points });
  return isHistogram(type) ? histogramProblem(points, { name, type }) : undefined;
}
