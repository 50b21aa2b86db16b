// DreamNet OS in place of an Alertmanager: posts alerts as a Prometheus does. Exits 1 when anything is not as stated here.
import { strict as assert } from 'node:assert';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'dreamnet-prometheus-'));

// Whoever is on call: a webhook.
const received = [];
let onReceived = () => undefined;
const hook = createServer(async (request, response) => {
  const chunks = await request.toArray();
  received.push(JSON.parse(Buffer.concat(chunks).toString()));
  response.end();
  onReceived();
}).listen(0, '127.0.0.1');
await once(hook, 'listening');
const told = async (count) => {
  while (received.length < count)
    await new Promise((resolve) => {
      onReceived = resolve;
    });
  return received.at(-1);
};

const config = join(folder, 'alertmanager.yml');
const url = `http://127.0.0.1:${hook.address().port}/`;
writeFileSync(config, readFileSync(here('alertmanager.yml'), 'utf8').replace('HOOK_URL', url));
const options = ['--alertmanager-config', config, '--port', '0', '--state', join(folder, 'state'), '--json'];
const program = spawn(process.execPath, [here('../../apps/dreamnet/bin/dreamnet.mjs'), 'up', ...options], {
  stdio: ['ignore', 'pipe', 'inherit'],
});

try {
  const [line] = await once(program.stdout, 'data');
  const { url: api, error } = JSON.parse(line);
  assert.equal(error, undefined);
  const post = async (alerts) => {
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(`${api}/api/v2/alerts`, {
      method: 'POST',
      headers,
      body: JSON.stringify(alerts),
    });
    assert.equal(answer.status, 200);
  };

  console.log('1. A node goes down, and an agent with it');
  const node = { labels: { alertname: 'NodeDown', node: 'n1' } };
  await post([node, { labels: { alertname: 'AgentDown', node: 'n1', agent: 'coder' } }]);
  const first = await told(1);
  console.log(`   the webhook hears: ${first.status} ${first.alerts.map(({ labels }) => labels.alertname)}`);
  assert.deepEqual(first.commonLabels, node.labels);

  console.log('2. The agent is inhibited by the node');
  const listed = await (await fetch(`${api}/api/v2/alerts?filter=alertname="AgentDown"`)).json();
  console.log(`   AgentDown is ${listed[0].status.state}`);
  assert.equal(listed[0].status.state, 'suppressed');
  assert.equal(listed[0].status.inhibitedBy.length, 1);

  console.log('3. The node is back');
  await post([
    { ...node, endsAt: new Date().toISOString() },
    { ...listed[0], endsAt: new Date().toISOString() },
  ]);
  const last = await told(2);
  console.log(`   the webhook hears: ${last.status} ${last.alerts.map(({ labels }) => labels.alertname)}`);
  assert.equal(last.status, 'resolved');
  assert.ok(received.every(({ alerts }) => alerts.every(({ labels }) => labels.alertname === 'NodeDown')));
  console.log('All as stated.');
} finally {
  program.kill('SIGTERM');
  await once(program, 'exit');
  hook.closeAllConnections();
  hook.close();
  rmSync(folder, { recursive: true });
}
