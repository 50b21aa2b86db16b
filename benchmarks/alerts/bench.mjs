// What it costs to take alerts and to tell of them, beside Debian's Alertmanager in the same run.
import { cpus } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { readOr, residentMb, until, waitQuiet } from '../supervision/measure.mjs';
import { anAlert, call, post, postMany, warmUp } from './load.mjs';
import { measureOwnRule } from './own-rule.mjs';
import { dreamnet, findAlertmanager } from './servers.mjs';
import { startReceiver } from './webhook-receiver.mjs';

const ALL_TOLD_LIMIT_MS = 120_000;
const LATENCY_ROUNDS = 100;
const WARM_UP_ROUNDS = 50;
const INHIBITING = { sources: 2000, targets: 20_000, limitMs: 100 };

export async function run(options) {
  const option = (name, otherwise) => {
    const index = options.indexOf(`--${name}`);
    return index < 0 ? otherwise : options[index + 1];
  };
  const parts = option('parts', 'scale,inhibition,latency,rule').split(',');
  const sizes = option('sizes', '10000,100000').split(',').map(Number);
  const peer = options.includes('--alone') ? undefined : findAlertmanager(option('alertmanager'));
  console.log(`${cpus()[0]?.model ?? 'cpu'} x ${cpus().length}, Node ${process.version}`);
  if (!peer)
    console.log(
      'Alone: no Alertmanager here (apt-get install prometheus-alertmanager, or --alertmanager PATH)',
    );
  const receiver = await startReceiver();
  const bench = { receiver, servers: [dreamnet, ...(peer ? [peer] : [])], sizes };
  const results = [];
  try {
    await warmUp();
    if (parts.includes('scale')) results.push(...(await measureScale(bench)));
    if (parts.includes('inhibition')) results.push(...(await measureInhibition(bench)));
    if (parts.includes('latency')) results.push(...(await measureLatency(bench)));
    if (parts.includes('rule')) results.push(...(await measureOwnRule(receiver, mark)));
  } finally {
    receiver.close();
  }
  const broken = results.filter(({ isKept }) => isKept === false);
  console.log(broken.length === 0 ? '\nEvery mark is kept.' : `\n${broken.length} mark(s) missed.`);
  if (options.includes('--json')) console.log(JSON.stringify(results, null, 2));
  return broken.length === 0 ? 0 : 1;
}

const configOf = (receiver, { groupBy, interval = '1s', extra = '' }) => `route:
  receiver: hook
  group_by: [${groupBy}]
  group_wait: 0s
  group_interval: ${interval}
  repeat_interval: 4h
receivers:
- name: hook
  webhook_configs:
  - url: ${receiver.url}
${extra}`;

async function measureScale({ receiver, servers, sizes }) {
  const results = [];
  console.log('\ndistinct alerts                                          ingest/s  all told ms      MB');
  for (const [label, groupBy, interval] of [
    ['one group', 'alertname', '1s'],
    ['a group each', "'...'", '5m'],
  ])
    for (const count of sizes) {
      const seen = [];
      for (const server of servers) {
        const row = await scaleOf(server, receiver, {
          count,
          config: configOf(receiver, { groupBy, interval }),
        });
        seen.push(row);
        const cells = `${String(row.ingestPerSecond).padStart(9)} ${String(row.allToldMs).padStart(12)} ${String(row.residentMb).padStart(7)}`;
        console.log(`  ${`${count}, ${label}, ${server.name}`.padEnd(52)} ${cells}`);
        results.push({ part: 'scale', label, count, server: server.name, ...row });
      }
      results.push(...marksOfScale(`${count}, ${label}`, seen));
    }
  return results;
}

async function scaleOf(server, receiver, { count, config }) {
  receiver.reset();
  await waitQuiet();
  const running = await server.start(config);
  try {
    const begin = performance.now();
    await postMany(running, count);
    const ingestMs = performance.now() - begin;
    await until(() => receiver.firing.size >= count, ALL_TOLD_LIMIT_MS, 10);
    const allToldMs =
      receiver.firing.size >= count ? lastOf(receiver.firing) - begin : Number.POSITIVE_INFINITY;
    await sleep(1500);
    return {
      ingestPerSecond: Math.round(count / (ingestMs / 1000)),
      allToldMs: Math.round(allToldMs),
      residentMb: Math.round(residentMb(running.pid)),
      peakMb: peakMb(running.pid),
    };
  } finally {
    await running.end();
  }
}

/** Insertion order is the order of arrival. */
const lastOf = (map) => [...map.values()].at(-1);

const peakMb = (pid) =>
  Math.round(Number(/^VmHWM:\s+(\d+)/m.exec(readOr(`/proc/${pid}/status`, ''))?.[1] ?? 0) / 1024);

function marksOfScale(label, [ours, peer]) {
  if (!peer) return [mark(`${label}: all told`, Number.isFinite(ours.allToldMs))];
  return [
    mark(`${label}: faster to ingest`, ours.ingestPerSecond > peer.ingestPerSecond),
    mark(`${label}: faster to tell all`, ours.allToldMs < peer.allToldMs),
    mark(`${label}: less memory`, ours.residentMb < peer.residentMb),
  ];
}

const INHIBIT_RULES = `inhibit_rules:
- source_matchers: [ alertname="NodeDown" ]
  target_matchers: [ alertname="AgentDown" ]
  equal: [ node ]
`;

async function measureInhibition({ receiver, servers }) {
  const { sources, targets, limitMs } = INHIBITING;
  const results = [];
  console.log(
    `\n${sources} inhibiting sources x ${targets} targets        listed in ms   suppressed   wrongly told`,
  );
  for (const server of servers) {
    receiver.reset();
    await waitQuiet();
    const running = await server.start(configOf(receiver, { groupBy: 'alertname', extra: INHIBIT_RULES }));
    try {
      const node = (id) => ({ labels: { alertname: 'NodeDown', id: `N${id}`, node: `n${id}` } });
      await postMany(running, sources, node);
      await until(() => receiver.firing.size >= sources, 20_000, 10);
      await postMany(running, targets, (id) =>
        anAlert(id, { labels: { alertname: 'AgentDown', id: `T${id}`, node: `n${id % sources}` } }),
      );
      await sleep(5000);
      const times = [];
      let listed = [];
      for (let round = 0; round < 5; round += 1) {
        const begin = performance.now();
        const { body } = await call('GET', running, '/api/v2/alerts');
        times.push(performance.now() - begin);
        listed = JSON.parse(body);
      }
      const [first] = times;
      const median = [...times].sort((a, b) => a - b)[2];
      const suppressed = listed.filter(({ status }) => status.state === 'suppressed').length;
      const wrong = [...receiver.firing.keys()].filter((id) => id.startsWith('T')).length;
      const shown = `${first.toFixed(0)} first, ${median.toFixed(0)} median`;
      console.log(
        `  ${server.name.padEnd(36)} ${shown.padStart(22)} ${String(suppressed).padStart(9)} ${String(wrong).padStart(12)}`,
      );
      results.push({ part: 'inhibition', server: server.name, first, median, suppressed, wrong });
      if (server !== dreamnet) continue;
      results.push(
        mark(`listed in at most ${limitMs} ms, the first time, too`, Math.max(first, median) <= limitMs),
      );
      results.push(mark('every target is suppressed, none was told', suppressed === targets && wrong === 0));
    } finally {
      await running.end();
    }
  }
  return results;
}

async function measureLatency({ receiver, servers }) {
  const results = [];
  const medians = [];
  console.log('\nposted → webhook received, group_wait 0s              median ms     p90     max');
  for (const server of servers) {
    receiver.reset();
    await waitQuiet();
    const running = await server.start(configOf(receiver, { groupBy: "'...'" }));
    try {
      const times = [];
      for (let round = 0; round < WARM_UP_ROUNDS + LATENCY_ROUNDS; round += 1) {
        const begin = performance.now();
        const told = receiver.told(String(round));
        await post(running, [anAlert(round)]);
        if (round >= WARM_UP_ROUNDS) times.push((await told) - begin);
        else await told;
        await sleep(20);
      }
      times.sort((a, b) => a - b);
      const [median, p90, max] = [times[50], times[90], times[99]];
      medians.push(median);
      const cells = [median, p90, max].map((value) => value.toFixed(2).padStart(7)).join(' ');
      console.log(`  ${server.name.padEnd(52)} ${cells}`);
      results.push({ part: 'latency', server: server.name, median, p90, max });
    } finally {
      await running.end();
    }
  }
  const [ours, peer] = medians;
  if (peer !== undefined) results.push(mark("at most twice Alertmanager's", ours <= 2 * peer));
  return results;
}

function mark(rule, isKept) {
  console.log(`  ${isKept ? '✓' : '✗'} ${rule}`);
  return { mark: rule, isKept };
}
