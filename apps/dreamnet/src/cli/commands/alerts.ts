import type {
  AlertView,
  LabelMatcher,
  ReceiverView,
  RuleView,
  Silence,
  SilenceFromNow,
  SilenceView,
  TimeInterval,
} from '@dreamnet/contracts';
import type { ReceiverTrial } from '@dreamnet/dreamnet-os-core';
import type { Command } from 'commander';
import { parseDuration } from '../../config/quantities.js';
import { readWeeklyWindow } from '../../config/time-windows.js';
import { programError } from '../../errors.js';
import { showAlert, showAlerts, showReceivers, showRules, showSilences } from '../alert-text.js';
import {
  type CommandContext,
  type CommonOptions,
  clientOf,
  type PageOptions,
  pageQuery,
  present,
  presentNext,
  withCommonOptions,
  withPageOptions,
} from '../context.js';
import { requireSubject } from '../known-names.js';

interface AlertOptions extends CommonOptions, PageOptions {
  all?: boolean;
  alertState?: string;
  severity?: string;
  subsystem?: string;
  why?: string;
  comment?: string;
  for: string;
  weekly?: string[];
  zone?: string;
}

/** What tells a matcher from the name of a subsystem. */
const MATCHER = /[=~]/;

type Verb = (context: CommandContext, words: readonly string[], options: AlertOptions) => Promise<void>;

/** What `dreamnet alerts` can be asked for by its first word. */
const VERBS: Readonly<Record<string, Verb>> = {
  ack: (context, words, options) => decide(context, options, { verb: 'acknowledge', said: 'ack', words }),
  resolve: (context, words, options) => decide(context, options, { verb: 'resolve', said: 'resolve', words }),
  close: (context, words, options) => decide(context, options, { verb: 'close', said: 'close', words }),
  show,
  silence,
  silences: listSilences,
  unsilence,
  rules: listRules,
  receivers,
};

/** `dreamnet alerts`: what is wrong, who is told, and what people do about it. */
export function addAlertCommands(program: Command, context: CommandContext): void {
  withPageOptions(
    withCommonOptions(
      program
        .command('alerts')
        .description(
          'alerts; or: ack|resolve|close|show ID, silence MATCHERS..., silences, unsilence ID, rules, receivers [test NAME]',
        ),
    ),
  )
    .argument('[verb]', Object.keys(VERBS).join(', '))
    .argument(
      '[words...]',
      "an id; for silence matchers such as severity=warning 'subsystem=~mail.*', or a subsystem",
    )
    .option('--all', 'resolved and closed ones too')
    .option('--alert-state <state>', 'open, detected, active, resolved, closed or recent')
    .option('--severity <severity>', 'info, warning or critical')
    .option('--subsystem <name>', 'alerts of one subsystem')
    .option('--why <text>', 'kept with the decision')
    .option('--comment <text>', 'why it is silenced')
    .option('--for <duration>', 'how long a silence lasts', '1h')
    .option('--weekly <window...>', "silence only then, such as 'sat,sun' or 'mon:fri 22:00-24:00'")
    .option('--zone <name>', 'time zone of --weekly, such as Europe/Berlin (default UTC)')
    .action((verb: string | undefined, words: string[], options: AlertOptions) => {
      if (verb === undefined) return list(context, options);
      const act = Object.hasOwn(VERBS, verb) ? VERBS[verb] : undefined;
      if (act === undefined)
        throw programError('DN_CLI_USAGE', {
          why: `alerts: '${verb}' is not one of ${Object.keys(VERBS).join(', ')}`,
        });
      return act(context, words, options);
    });
}

async function list(context: CommandContext, options: AlertOptions): Promise<void> {
  const query = new URLSearchParams({
    state: options.alertState ?? (options.all ? 'recent' : 'open'),
    ...pageQuery(options),
  });
  if (options.severity !== undefined) query.set('severity', options.severity);
  if (options.subsystem !== undefined) query.set('subsystem', options.subsystem);
  const client = clientOf(context, options);
  const { alerts, next } = await client.get<{ alerts: AlertView[]; next: string | null }>(
    `/api/alerts?${query}`,
  );
  if (alerts.length === 0 && options.subsystem !== undefined) await requireSubject(client, options.subsystem);
  present(context, options, { json: alerts, text: () => showAlerts(context.terminal, alerts) });
  presentNext(context, next);
}

async function decide(
  context: CommandContext,
  options: AlertOptions,
  decision: { verb: string; said: string; words: readonly string[] },
): Promise<void> {
  const id = idOf(decision.said, decision.words);
  const path = `/api/alerts/${encodeURIComponent(id)}/${decision.verb}`;
  const answer = await clientOf(context, options).send(
    'POST',
    path,
    options.why === undefined ? undefined : { why: options.why },
  );
  present(context, options, { json: answer, text: () => `${id}: ${decision.said} done` });
}

async function show(context: CommandContext, words: readonly string[], options: AlertOptions): Promise<void> {
  const id = idOf('show', words);
  const alert = await clientOf(context, options).get<AlertView>(`/api/alerts/${encodeURIComponent(id)}`);
  present(context, options, { json: alert, text: () => showAlert(context.terminal, alert) });
}

async function silence(
  context: CommandContext,
  words: readonly string[],
  options: AlertOptions,
): Promise<void> {
  const matchers = await matchersOf(words);
  const forMs = parseDuration(options.for);
  if (forMs === undefined || forMs <= 0)
    throw programError('DN_CLI_USAGE', {
      why: `alerts silence: '${options.for}' is not a duration such as 1h`,
    });
  if (options.zone !== undefined && options.weekly === undefined)
    throw programError('DN_CLI_USAGE', { why: 'alerts silence: --zone is the time zone of --weekly' });
  const windows = (options.weekly ?? []).map((text) => windowOf(text, options.zone));
  // From now on by the daemon's clock, which may not be ours.
  const body: SilenceFromNow = {
    matchers,
    for: options.for,
    comment: options.comment ?? options.why ?? '',
    ...(windows.length === 0 ? {} : { windows }),
  };
  const client = clientOf(context, options);
  for (const name of words.filter(isPlainName))
    await requireSubject(client, name, `; of one that is yet to come: alerts silence subsystem=${name}`);
  const made = await client.send<Silence>('POST', '/api/silences', body);
  present(context, options, {
    json: made,
    text: () => `${made.id}: silenced for ${options.for}; 'dreamnet alerts unsilence ${made.id}' ends it`,
  });
}

/** A word that is no matcher names a subsystem, which is what is silenced most. */
async function matchersOf(words: readonly string[]): Promise<readonly LabelMatcher[]> {
  if (words.length === 0)
    throw programError('DN_CLI_USAGE', {
      why: 'alerts silence: of what? Give matchers such as severity=warning, or a subsystem',
    });
  // Here and below: only what speaks of matchers pays for loading the core.
  const { parseMatchers } = await import('@dreamnet/dreamnet-os-core');
  return words.flatMap((word) => (MATCHER.test(word) ? parseMatchers(word) : [subsystemMatcher(word)]));
}

/** Neither a matcher nor a pattern: somebody who is there is meant. */
function isPlainName(word: string): boolean {
  return !MATCHER.test(word) && !word.includes('*');
}

/** `*` is any text, as in the selectors of rules. */
function subsystemMatcher(word: string): LabelMatcher {
  const isRegex = word.includes('*');
  const value = isRegex ? word.split('*').map(quoteExpression).join('.*') : word;
  return { name: 'subsystem', value, isEqual: true, isRegex };
}

function quoteExpression(text: string): string {
  return text.replace(/[\\^$.|?+()[\]{}]/g, '\\$&');
}

function windowOf(text: string, zone: string | undefined): TimeInterval {
  const reading = readWeeklyWindow(text, zone);
  if (reading.ok) return reading.interval;
  const why =
    reading.part === 'location'
      ? reading.why
      : `'${text}' is not a weekly window such as 'sat,sun', '22:00-24:00' or 'mon:fri 22:00-24:00': ${reading.why}`;
  throw programError('DN_CLI_USAGE', { why: `alerts silence: ${why}` });
}

async function listSilences(
  context: CommandContext,
  _words: readonly string[],
  options: AlertOptions,
): Promise<void> {
  const { silences } = await clientOf(context, options).get<{ silences: SilenceView[] }>('/api/silences');
  const shown = options.all ? silences : silences.filter(({ state }) => state !== 'expired');
  const { matcherText } = await import('@dreamnet/dreamnet-os-core');
  present(context, options, { json: shown, text: () => showSilences(context.terminal, shown, matcherText) });
}

async function unsilence(
  context: CommandContext,
  words: readonly string[],
  options: AlertOptions,
): Promise<void> {
  const id = idOf('unsilence', words);
  const answer = await clientOf(context, options).send('DELETE', `/api/silences/${encodeURIComponent(id)}`);
  present(context, options, { json: answer, text: () => `${id}: ended` });
}

async function listRules(
  context: CommandContext,
  _words: readonly string[],
  options: AlertOptions,
): Promise<void> {
  const { rules } = await clientOf(context, options).get<{ rules: RuleView[] }>('/api/rules');
  present(context, options, { json: rules, text: () => showRules(context.terminal, rules) });
}

async function receivers(
  context: CommandContext,
  words: readonly string[],
  options: AlertOptions,
): Promise<void> {
  const client = clientOf(context, options);
  const [verb, name] = words;
  if (verb === undefined) {
    const answer = await client.get<{ receivers: ReceiverView[] }>('/api/receivers');
    present(context, options, {
      json: answer.receivers,
      text: () => showReceivers(context.terminal, answer.receivers),
    });
    return;
  }
  if (verb !== 'test' || name === undefined)
    throw programError('DN_CLI_USAGE', { why: "alerts receivers: expected nothing more, or 'test NAME'" });
  const path = `/api/receivers/${encodeURIComponent(name)}/test`;
  const { trials } = await client.send<{ trials: ReceiverTrial[] }>('POST', path);
  present(context, options, {
    json: trials,
    text: () =>
      trials
        .map(({ notifier, ok, error }) => `${name}/${notifier}: ${ok ? 'told' : `failed: ${error}`}`)
        .join('\n') || `${name}: has no way of telling`,
  });
  if (trials.some(({ ok }) => !ok)) process.exitCode = 1;
}

function idOf(verb: string, words: readonly string[]): string {
  const [id] = words;
  if (id === undefined) throw programError('DN_CLI_USAGE', { why: `alerts ${verb}: which one? Give its id` });
  return id;
}
