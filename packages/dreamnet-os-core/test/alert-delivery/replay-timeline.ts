import type { LabelMatcher, LabelSet, NotifiedAlert, PostedAlert } from '@dreamnet/contracts';
import { createFakeClock } from '@dreamnet/testkit';
import { createAlertDelivery } from '../../src/index.js';
import { readAlertmanagerFile } from './alertmanager-config.js';

interface TimedAlert {
  labels: LabelSet;
  annotations?: LabelSet;
  startsAt?: number;
  endsAt?: number;
}

interface TimelineSilence {
  startsAt: number;
  endsAt: number;
  matchers: LabelMatcher[];
}

/** A recorded timeline: what is done at which second, and what was told between which seconds. */
export interface Timeline {
  name: string;
  config: string;
  args: string[];
  tolerance: number;
  until?: number;
  actions: {
    at: number;
    push?: TimedAlert[];
    silence?: TimelineSilence;
    deleteSilence?: TimelineSilence;
    do?: 'reload';
  }[];
  collectors: { name: string; dropUntil?: number }[];
  want: { collector: string; between: [number, number]; alerts: TimedAlert[] }[];
}

interface Told {
  at: number;
  alerts: readonly NotifiedAlert[];
}

const EPOCH = 1_700_000_000_000;

/** Plays the timeline on a fake clock. @returns What did not come out as recorded. */
export async function replayTimeline(timeline: Timeline): Promise<string[]> {
  const clock = createFakeClock(EPOCH);
  const told = new Map<string, Told[]>(timeline.collectors.map(({ name }) => [name, []]));
  const delivery = createAlertDelivery({
    clock,
    publish: () => undefined,
    random: () => 0.5,
    startDelayMs: startDelayOf(timeline.args),
    config: configOf(timeline, recorderOf(told, clock)),
  });
  delivery.start();
  const ids = new Map<string, string>();
  const actions = [...timeline.actions].sort((a, b) => a.at - b.at);
  for (const [place, action] of actions.entries()) {
    await clock.advance(EPOCH + action.at * 1000 + latencyMs(place) - clock.now());
    if (action.push) delivery.post(action.push.map(postedAlert));
    if (action.silence)
      ids.set(JSON.stringify(action.silence.matchers), await silence(delivery, action.silence));
    if (action.deleteSilence)
      await delivery.silences.expire(ids.get(JSON.stringify(action.deleteSilence.matchers)) ?? '');
    if (action.do === 'reload') delivery.configure(configOf(timeline, recorderOf(told, clock)));
  }
  const end = timeline.until ?? Math.max(...timeline.want.map(({ between }) => between[1]));
  await clock.advance(EPOCH + end * 1000 + 20 - clock.now());
  await delivery.stop(0);
  return [...missing(timeline, told), ...unexpected(timeline, told)];
}

/**
 * A request takes its time, the first ones more than the later: so a tick that the first push began comes after a push
 * made at that very moment, as it did in each of the recordings.
 */
function latencyMs(place: number): number {
  return Math.max(1, 5 - 0.25 * place);
}

type Recorder = (collector: Timeline['collectors'][number], alerts: readonly NotifiedAlert[]) => void;

function recorderOf(told: Map<string, Told[]>, clock: { now(): number }): Recorder {
  return (collector, alerts) => {
    const at = (clock.now() - EPOCH) / 1000;
    if (at >= (collector.dropUntil ?? 0)) told.get(collector.name)?.push({ at, alerts });
  };
}

function configOf(timeline: Timeline, record: Recorder) {
  return readAlertmanagerFile(timeline.config, ({ url, place, sendsResolved }) => ({
    name: `webhook[${place}]`,
    sendsResolved,
    notify: async ({ alerts }) => {
      const number = Number(/\{\{WEBHOOK(\d+)\}\}/.exec(url)?.[1]);
      const collector = timeline.collectors[number - 1];
      if (collector) record(collector, alerts);
    },
  }));
}

function startDelayOf(args: readonly string[]): number {
  const value = args[args.indexOf('--dispatch.start-delay') + 1];
  return args.includes('--dispatch.start-delay') ? Number.parseInt(value ?? '0', 10) * 1000 : 0;
}

function postedAlert({ labels, annotations, startsAt = 0, endsAt = 0 }: TimedAlert): PostedAlert {
  return {
    labels,
    ...(annotations ? { annotations } : {}),
    ...(startsAt > 0 ? { startsAt: EPOCH + startsAt * 1000 } : {}),
    ...(endsAt > 0 ? { endsAt: EPOCH + endsAt * 1000 } : {}),
  };
}

async function silence(
  delivery: ReturnType<typeof createAlertDelivery>,
  { startsAt, endsAt, matchers }: TimelineSilence,
): Promise<string> {
  const times = { startsAt: EPOCH + startsAt * 1000, endsAt: EPOCH + endsAt * 1000 };
  const { id } = await delivery.silences.set({ ...times, matchers, createdBy: 'x', comment: 'x' });
  return id;
}

function missing({ want, tolerance }: Timeline, told: Map<string, Told[]>): string[] {
  return want.flatMap(({ collector, between: [from, to], alerts }) => {
    const within = (told.get(collector) ?? []).filter(({ at }) => at >= from && at <= to);
    const isThere =
      alerts.length === 0
        ? within.length === 0
        : within.some(
            (one) =>
              one.alerts.length === alerts.length &&
              alerts.every((wanted) => one.alerts.some((got) => isAlert(got, wanted, tolerance))),
          );
    const seen = within.map(({ at, alerts: got }) => [at, got.map(brief)]);
    return isThere
      ? []
      : [`${collector} ${from}-${to}: wanted ${alerts.length}, got ${JSON.stringify(seen)}`];
  });
}

/** The same second look as the recording's runner takes: nothing else may have been told. */
function unexpected({ want, until }: Timeline, told: Map<string, Told[]>): string[] {
  if (until === undefined) {
    const wanted = want.reduce((sum, { alerts }) => sum + alerts.length, 0);
    const got = [...told.values()].flat().reduce((sum, { alerts }) => sum + alerts.length, 0);
    return wanted === got ? [] : [`alerts told of in total: wanted ${wanted}, got ${got}`];
  }
  return [...told].flatMap(([name, all]) =>
    all
      .filter(({ at }) => at < until - 0.7)
      .filter(
        ({ at, alerts }) =>
          !want.some(
            ({ collector, between: [from, to], alerts: wanted }) =>
              collector === name && at >= from && at <= to && wanted.length === alerts.length,
          ),
      )
      .map(({ at, alerts }) => `unexpected on ${name} at ${at}: ${JSON.stringify(alerts.map(brief))}`),
  );
}

function isAlert(got: NotifiedAlert, wanted: TimedAlert, tolerance: number): boolean {
  const close = (a: number | undefined, b: number | undefined) =>
    (a === undefined) === (b === undefined) && Math.abs((a ?? 0) - (b ?? 0)) <= tolerance;
  const isStart =
    wanted.startsAt === undefined || wanted.startsAt <= 0 || close(wanted.startsAt, secondOf(got.startsAt));
  return (
    sameText(wanted.labels, got.labels) &&
    sameText(wanted.annotations ?? {}, got.annotations) &&
    isStart &&
    close(wanted.endsAt, secondOf(got.endsAt))
  );
}

function sameText(a: LabelSet, b: LabelSet): boolean {
  return JSON.stringify(Object.entries(a).sort()) === JSON.stringify(Object.entries(b).sort());
}

function secondOf(at: number | null): number | undefined {
  return at === null ? undefined : (at - EPOCH) / 1000;
}

function brief({ labels, startsAt, endsAt }: NotifiedAlert): string {
  return `${Object.values(labels).join('/')} ${secondOf(startsAt)}-${secondOf(endsAt) ?? ''}`;
}
