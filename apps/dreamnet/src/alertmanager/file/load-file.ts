import { readFileSync } from 'node:fs';
import type { TimeInterval } from '@dreamnet/contracts';
import type { InhibitRule, RouteConfig } from '@dreamnet/dreamnet-os-core';
import { DreamnetError } from '@dreamnet/kit';
import { parseYamlSource } from '../../config/source.js';
import { programError } from '../../errors.js';
import { checkFile } from './checks.js';
import { globalSection } from './global-section.js';
import { inhibitRules } from './inhibition-section.js';
import { maskedText } from './masked-text.js';
import { placed, type Section, type Spot, section } from './reading.js';
import type { NotifierPlan } from './receiver-plans.js';
import { receiverSections } from './receiver-section.js';
import { route } from './route-section.js';
import { namedIntervals } from './time-section.js';

/** What an Alertmanager file says, in our words. */
export interface AlertmanagerFile {
  readonly route: RouteConfig;
  readonly inhibitRules: readonly InhibitRule[];
  readonly timeIntervals: Readonly<Record<string, readonly TimeInterval[]>>;
  readonly receivers: Readonly<Record<string, readonly NotifierPlan[]>>;
  readonly resolveTimeoutMs?: number;
  /** The file as it is, with its secrets: only to be compared. */
  readonly text: string;
  /** The file as it may be shown: `<secret>` in place of each secret. */
  readonly shownText: string;
}

const asIs = (spot: Spot): Spot => spot;

const SHAPE = {
  global: globalSection,
  route: placed(route),
  receivers: asIs,
  inhibit_rules: inhibitRules,
  mute_time_intervals: namedIntervals,
  time_intervals: namedIntervals,
} as const;

const UNSUPPORTED = {
  templates: 'messages have our own texts; a webhook can send any other',
  tracing: 'leave it out',
} as const;

const readDocument = section(SHAPE, UNSUPPORTED);

/**
 * Reads and checks an Alertmanager configuration file. What Alertmanager knows and we do not is refused by name, never
 * passed over; every error says `file:line:column`.
 *
 * @param path Path of the file; messages show it as given.
 * @throws DN_ALERTMANAGER_*, DN_CONFIG_SYNTAX, DN_CONFIG_DUPLICATE_NAME
 * @source Alertmanager, "Configuration"
 */
export function loadAlertmanagerFile(path: string): AlertmanagerFile {
  return readAlertmanagerFile(path, readText(path));
}

/** The same for a text that is there already; `path` is for messages and for files named relative to it. */
export function readAlertmanagerFile(path: string, text: string): AlertmanagerFile {
  const source = parseYamlSource(path, text, { isTextOnly: true });
  const root: Spot = { source, value: source.value, path: [] };
  const read: Section<typeof SHAPE> = readDocument(root) ?? {};
  const globals = read.global ?? { mail: {} };
  const receivers = read.receivers ? (receiverSections(globals)(read.receivers) ?? []) : [];
  const intervals = [...(read.mute_time_intervals ?? []), ...(read.time_intervals ?? [])];
  const rootRoute = checkFile(root, { route: read.route?.value, receivers, intervals });
  return {
    route: rootRoute,
    inhibitRules: read.inhibit_rules ?? [],
    timeIntervals: Object.fromEntries(intervals.map(({ name, intervals: parts }) => [name, parts])),
    receivers: Object.fromEntries(receivers.map(({ name, plans }) => [name, plans])),
    ...(globals.resolveTimeoutMs !== undefined && { resolveTimeoutMs: globals.resolveTimeoutMs }),
    text,
    shownText: maskedText(text),
  };
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (thrown) {
    const why = DreamnetError.from(thrown).message;
    throw programError('DN_ALERTMANAGER_FILE', { path, why }, thrown);
  }
}
