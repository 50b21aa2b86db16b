// DreamNet OS Core inside an application: no daemon, no network, no files. Exits 1 when anything is not as stated here.
import { strict as assert } from 'node:assert';
import { createDreamNetOSCore } from '@dreamnet/dreamnet-os-core';
import { createShop } from './shop.mjs';

// The core's timers keep no process alive. An application has a server that does; here this stands in for it.
const alive = setInterval(() => undefined, 1000);
// Whoever is on call. A webhook, a mail or anything else that can be told is one function, too.
const told = [];
const onCall = {
  name: 'console',
  notify: async ({ status, alerts }) => {
    told.push(`${status}: ${alerts.map(({ annotations }) => annotations.summary)}`);
  },
};
const core = createDreamNetOSCore({
  rules: [
    {
      name: 'queue-long',
      trigger: { on: 'metric', metric: 'waiting', when: { operator: '>', threshold: 100 } },
      severity: 'warning',
      annotations: { summary: '{{value}} letters wait' },
    },
  ],
  delivery: {
    route: {
      receiver: 'nobody',
      routes: [
        { matchers: [ofRule('queue-long')], receiver: 'on-call', groupWaitMs: 0, groupIntervalMs: 100 },
      ],
    },
    receivers: { nobody: [], 'on-call': [onCall] },
    inhibitRules: [],
    timeIntervals: {},
  },
});
const shop = createShop();
const context = { inventory: shop.inventory, checkout: shop.checkout };
// From here on the core looks by itself; without it, it looks when run() is called.
await core.start();

console.log('1. Everything works');
const status = core.run(context);
for (const { name, status: word, details } of status.snapshot.subsystems)
  console.log(`   ${name}: ${word}, ${details}`);
console.log(`   infra ${status.snapshot.globalHealth.infraHealth.toFixed(2)}`);
assert.deepEqual(core.getActiveAlerts(), []);

console.log('2. The inventory breaks, and the checkout with it');
const events = core.events();
shop.breakInventory();
core.run(context);
for (const alert of core.getActiveAlerts()) console.log(`   ${alert.severity}: ${alert.message}`);
assert.equal(core.getActiveAlerts().length, 2);

console.log('3. The cause is remedied, and the remedy is checked');
for await (const { type, data } of events) {
  if (type === 'incident.advanced') console.log(`   ${data.entry.stage}  ${data.entry.summary}`);
  if (type === 'incident.resolved' || data.entry?.stage === 'escalated') break;
}
const [incident] = core.incidents();
assert.equal(incident?.state, 'resolved');
assert.equal(incident.cause.subsystem, 'inventory');
assert.ok(incident.stages.some(({ stage }) => stage === 'verified'));
assert.deepEqual(shop.restarts, { inventory: 1, checkout: 0 });
assert.deepEqual(core.getActiveAlerts(), []);

console.log('4. A new module is not wired up');
const added = { search: shop.search };
const [gap] = core.detectIntegrationGaps(added);
assert.equal(gap?.type, 'missing_connection');
console.log(`   ${gap.type}: expected ${gap.expected}, observed ${gap.observed}`);
const [fix] = core.autoFixIntegrationGaps(added);
console.log(`   ${fix?.state}: ${fix?.description}`);
await core.settled();
assert.deepEqual(core.getIntegrationGaps(), []);
console.log('   detected again: no gap');

console.log('5. A queue that tells how it is grows');
core.watch('mail', {});
const now = Date.now();
for (let second = 60; second >= 0; second -= 1)
  core.heartbeat({
    subsystem: 'mail',
    status: 'ok',
    at: now - second * 1000,
    metrics: { waiting: 150 - second },
  });
const waiting = { kind: 'metric', subject: 'mail', metric: 'waiting' };
const range = { fromMs: now - 60_000, toMs: now + 1, stepMs: 15_000 };
const { points } = await core.series.range({ series: waiting, ...range });
assert.equal(
  points.reduce((sum, { count }) => sum + count, 0),
  61,
);
console.log(`   ${points.length} steps of 15 s are kept of ${points[0].min} to ${points.at(-1).max} letters`);
const [trend] = await core.metricTrends({ subject: 'mail', metric: 'waiting', spanMs: 120_000, level: 500 });
assert.equal(trend?.direction, 'rising');
console.log(
  `   ${trend.direction} by ${Math.round(trend.slopePerHour)} an hour, 500 in ${minutesUntil(trend.crossesAt)} minutes`,
);

console.log('6. A rule says it is too long; a person silences it, then it is short again');
await until(() => told.length === 1);
const [alert] = core.getActiveAlerts();
const { id } = await core.silence({
  matchers: { subsystem: 'mail' },
  endsAt: Date.now() + 3_600_000,
  createdBy: 'ada',
  comment: 'moving the queue',
});
assert.deepEqual(core.alertView(alert.id)?.silencedBy, [id]);
console.log(`   ${alert.severity}: ${alert.message}; silenced by ${core.silences()[0]?.createdBy}`);
assert.ok(await core.expireSilence(id, 'ada'));
core.heartbeat({ subsystem: 'mail', status: 'ok', metrics: { waiting: 3 } });
await until(() => told.length === 2);
for (const line of told) console.log(`   told ${line}`);
assert.deepEqual(told, ['firing: 150 letters wait', 'resolved: 150 letters wait']);
assert.deepEqual(core.getActiveAlerts(), []);

const audit = await core.audit.verify();
assert.ok(audit.ok);
console.log(`7. ${audit.entries} audit entries, unbroken. All as stated.`);
await core.stop();
clearInterval(alive);

function ofRule(rule) {
  return { name: 'rule', value: rule, isEqual: true, isRegex: false };
}

function minutesUntil(at) {
  return Math.round((at - now) / 60_000);
}

/** Waits for something that takes a moment; in vain for ten seconds is not as stated. */
async function until(holds) {
  for (let tries = 0; !holds(); tries += 1) {
    assert.ok(tries < 200, `waited in vain for ${holds}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
