// DreamNet OS Core inside an application: no daemon, no network, no files. Exits 1 when anything is not as stated here.
import { strict as assert } from 'node:assert';
import { createDreamNetOSCore } from '@dreamnet/dreamnet-os-core';
import { createShop } from './shop.mjs';

// The core's timers keep no process alive. An application has a server that does; here this stands in for it.
const alive = setInterval(() => undefined, 1000);
const core = createDreamNetOSCore();
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

const audit = await core.audit.verify();
assert.ok(audit.ok);
console.log(`5. ${audit.entries} audit entries, unbroken. All as stated.`);
await core.stop();
clearInterval(alive);
