// Plays a recorded timeline (what is done at which second, what was told between which seconds) on a fake clock.
import { createAlertDelivery } from '@dreamnet/dreamnet-os-core';
import { createFakeClock } from '@dreamnet/testkit';
import { problemsOf, secondOf } from './timeline-problems.mjs';

const EPOCH = 1_700_000_000_000;

/**
 * @param timeline One entry of a file such as `am-random-dev.json`.
 * @param readFile Reads an Alertmanager file: `(path, text) => {route, inhibitRules, timeIntervals, receivers}`.
 * @returns {Promise<string[]>} What did not come out as recorded.
 */
export async function replayTimeline(timeline, readFile) {
  const clock = createFakeClock(EPOCH);
  const told = new Map(timeline.collectors.map(({ name }) => [name, []]));
  const config = () => configOf(timeline, readFile, recorderOf(told, clock));
  const delivery = createAlertDelivery({
    clock,
    publish: () => undefined,
    random: () => 0.5,
    startDelayMs: startDelayOf(timeline.args),
    config: config(),
  });
  delivery.start();
  const ids = new Map();
  const actions = [...timeline.actions].sort((a, b) => a.at - b.at);
  for (const [place, action] of actions.entries()) {
    await clock.advance(EPOCH + action.at * 1000 + latencyMs(place) - clock.now());
    await act(delivery, action, { ids, config });
  }
  const end = timeline.until ?? Math.max(...timeline.want.map(({ between }) => between[1]));
  await clock.advance(EPOCH + end * 1000 + 20 - clock.now());
  await delivery.stop(0);
  return problemsOf(timeline, told);
}

async function act(delivery, action, { ids, config }) {
  if (action.push) delivery.post(action.push.map(postedAlert));
  if (action.silence) ids.set(keyOf(action.silence), await silence(delivery, action.silence));
  if (action.deleteSilence) await delivery.silences.expire(ids.get(keyOf(action.deleteSilence)) ?? '');
  if (action.do === 'reload') delivery.configure(config());
}

/**
 * A request takes its time, the first ones more than the later: so a tick that the first push began comes after a push
 * made at that very moment, as it did in each of the recordings.
 */
function latencyMs(place) {
  return Math.max(1, 5 - 0.25 * place);
}

function recorderOf(told, clock) {
  return (collector, alerts) => {
    const at = secondOf(clock.now(), EPOCH);
    const shown = alerts.map((alert) => ({
      ...alert,
      startsAt: secondOf(alert.startsAt, EPOCH),
      endsAt: secondOf(alert.endsAt, EPOCH),
    }));
    if (at >= (collector.dropUntil ?? 0)) told.get(collector.name)?.push({ at, alerts: shown });
  };
}

/** Each webhook's place in the file is a port of its own, by which its collector is known again. */
function configOf(timeline, readFile, record) {
  const text = timeline.config.replaceAll(/\{\{WEBHOOK(\d+)\}\}/g, (_all, place) => `127.0.0.1:${place}/`);
  const { receivers, ...file } = readFile('timeline.yml', text);
  const notifierOf = ({ options }, place) => ({
    name: `webhook[${place}]`,
    sendsResolved: options.sendsResolved,
    notify: async ({ alerts }) => {
      const collector = timeline.collectors[Number(/127\.0\.0\.1:(\d+)/.exec(options.url)?.[1]) - 1];
      if (collector) record(collector, alerts);
    },
  });
  const told = Object.entries(receivers).map(([name, plans]) => [name, plans.map(notifierOf)]);
  return { ...file, receivers: Object.fromEntries(told) };
}

function startDelayOf(args) {
  const place = args.indexOf('--dispatch.start-delay');
  return place < 0 ? 0 : Number.parseInt(args[place + 1], 10) * 1000;
}

function postedAlert({ labels, annotations, startsAt = 0, endsAt = 0 }) {
  return {
    labels,
    ...(annotations ? { annotations } : {}),
    ...(startsAt > 0 ? { startsAt: EPOCH + startsAt * 1000 } : {}),
    ...(endsAt > 0 ? { endsAt: EPOCH + endsAt * 1000 } : {}),
  };
}

async function silence(delivery, { startsAt, endsAt, matchers }) {
  const times = { startsAt: EPOCH + startsAt * 1000, endsAt: EPOCH + endsAt * 1000 };
  const { id } = await delivery.silences.set({ ...times, matchers, createdBy: 'x', comment: 'x' });
  return id;
}

/** A silence is known again by its matchers. */
function keyOf({ matchers }) {
  return JSON.stringify(matchers);
}
