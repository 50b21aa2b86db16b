import type { RestartStrategy, RestartType } from '@dreamnet/contracts';
import { supervisorError } from '../errors.js';
import type { ChildState, ExitKind, RestartGroup } from './restart-group.js';
import { createRestartGroup, stepGroup } from './restart-group.js';

/** What a scenario says, and what our logic says, after one exit. */
export interface ReplayMismatch {
  readonly scenario: string;
  /** 0 for the first exit. */
  readonly step: number;
  readonly expected: string;
  readonly actual: string;
}

export interface ReplayOutcome {
  readonly scenario: string;
  /** The first difference, or null when every step agreed. */
  readonly mismatch: ReplayMismatch | null;
}

interface Scenario {
  id: string;
  group: RestartGroup;
  events: readonly { child: string; exit: ExitKind; waitMs: number }[];
  expected: readonly ExpectedGroup[];
}

interface ExpectedGroup {
  sup: 'alive' | 'dead';
  children?: Readonly<Record<string, { state: ChildState; starts: number }>>;
}

const STRATEGIES: readonly RestartStrategy[] = ['one_for_one', 'one_for_all', 'rest_for_one'];
const RESTARTS: readonly RestartType[] = ['permanent', 'transient', 'temporary'];
const EXITS: readonly ExitKind[] = ['normal', 'shutdown', 'abnormal', 'killed'];
const CHILD_STATES: readonly ChildState[] = ['running', 'stopped', 'removed'];

/**
 * Replays one recorded supervision scenario (one JSON line: strategy, intensity, period in seconds, children,
 * exits, and the group after each exit) through the restart logic the supervisor itself uses.
 *
 * @param lineNumber Counts from 1; used in the error only.
 * @throws DN_SUPERVISOR_SCENARIO_INVALID
 */
export function replayScenario(line: string, lineNumber: number): ReplayOutcome {
  const scenario = parseScenario(line, lineNumber);
  let group = scenario.group;
  let atMs = 0;
  for (const [step, event] of scenario.events.entries()) {
    atMs += event.waitMs;
    group = stepGroup(group, { child: event.child, exit: event.exit, atMs }).group;
    const expected = render(scenario.expected[step]);
    const actual = render(observe(group));
    if (expected !== actual)
      return { scenario: scenario.id, mismatch: { scenario: scenario.id, step, expected, actual } };
  }
  return { scenario: scenario.id, mismatch: null };
}

function observe(group: RestartGroup): ExpectedGroup {
  if (!group.isAlive) return { sup: 'dead' };
  const children = group.children.map(({ id, state, starts }) => [id, { state, starts }] as const);
  return { sup: 'alive', children: Object.fromEntries(children) };
}

/** One comparable line; a removed child's start count is nobody's business any more. */
function render(group: ExpectedGroup | undefined): string {
  if (!group || group.sup === 'dead') return 'dead';
  const children = Object.entries(group.children ?? {}).map(([id, { state, starts }]) =>
    state === 'removed' ? `${id} removed` : `${id} ${state} ${starts}`,
  );
  return `alive: ${children.sort().join(', ')}`;
}

function parseScenario(line: string, lineNumber: number): Scenario {
  const invalid = (problem: string, cause?: unknown) =>
    supervisorError('DN_SUPERVISOR_SCENARIO_INVALID', { line: lineNumber, problem }, cause);
  const raw = parseJson(line, invalid);
  const oneOf = <T extends string>(value: unknown, allowed: readonly T[], where: string): T => {
    const found = allowed.find((candidate) => candidate === value);
    if (found === undefined) throw invalid(`${where} must be one of ${allowed.join(', ')}`);
    return found;
  };
  const count = (value: unknown, where: string): number => {
    if (typeof value !== 'number' || !(value >= 0)) throw invalid(`${where} must be a number, 0 or more`);
    return value;
  };
  const children = list(raw.children, 'children', invalid).map((child, at) => ({
    id: String(child.id),
    restart: oneOf(child.restart, RESTARTS, `children[${at}].restart`),
  }));
  const known = children.map(({ id }) => id);
  const limits = {
    intensity: count(raw.intensity, 'intensity'),
    periodMs: count(raw.period, 'period') * 1000,
  };
  const events = list(raw.events, 'events', invalid).map((event, at) => ({
    child: oneOf(event.child, known, `events[${at}].child`),
    exit: oneOf(event.exit, EXITS, `events[${at}].exit`),
    waitMs: count(event.waitMs ?? 0, `events[${at}].waitMs`),
  }));
  const expected = list(raw.expected, 'expected', invalid).map((after, at): ExpectedGroup => {
    const sup = oneOf(after.sup, ['alive', 'dead'] as const, `expected[${at}].sup`);
    if (sup === 'dead') return { sup };
    const states = Object.entries(record(after.children, `expected[${at}].children`, invalid));
    return {
      sup,
      children: Object.fromEntries(
        states.map(([id, value]) => {
          const child = record(value, `expected[${at}].children.${id}`, invalid);
          const where = `expected[${at}].children.${id}`;
          const state = oneOf(child.state, CHILD_STATES, `${where}.state`);
          return [id, { state, starts: count(child.starts ?? 0, `${where}.starts`) }];
        }),
      ),
    };
  });
  if (expected.length !== events.length) throw invalid('expected must have one entry per event');
  const strategy = oneOf(raw.strategy, STRATEGIES, 'strategy');
  return { id: String(raw.id), group: createRestartGroup(strategy, limits, children), events, expected };
}

type Invalid = (problem: string, cause?: unknown) => Error;

function parseJson(line: string, invalid: Invalid): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (cause) {
    throw invalid('it is not JSON', cause);
  }
  return record(value, 'the line', invalid);
}

function record(value: unknown, where: string, invalid: Invalid): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw invalid(`${where} must be an object`);
  return value as Record<string, unknown>;
}

function list(value: unknown, where: string, invalid: Invalid): Record<string, unknown>[] {
  if (!Array.isArray(value)) throw invalid(`${where} must be a list`);
  return value.map((item, at) => record(item, `${where}[${at}]`, invalid));
}
