import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFakeClock } from '@dreamnet/testkit';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type AlertmanagerService, startAlertmanager } from '../../src/alertmanager/alertmanager.js';

let folder: string;
let server: Server;
let service: AlertmanagerService | undefined;
let heard: string[][];
let onHeard: () => void = () => undefined;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'dreamnet-reload-'));
  heard = [];
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (part) => {
      body += part;
    });
    request.on('end', () => {
      const { alerts } = JSON.parse(body) as { alerts: { labels: { alertname: string } }[] };
      heard.push(alerts.map(({ labels }) => labels.alertname).sort());
      response.end();
      onHeard();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  await service?.stop(0);
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true });
});

test('reload: an unchanged file groups anew, as in Alertmanager: the interval counts from the reload', async () => {
  const { port } = server.address() as AddressInfo;
  const receivers = [{ name: 'ops', webhook_configs: [{ url: `http://127.0.0.1:${port}/` }] }];
  const route = { receiver: 'ops', group_wait: '1s', group_interval: '6s' };
  const configFile = join(folder, 'am.yml');
  writeFileSync(configFile, JSON.stringify({ route, receivers }));
  const clock = createFakeClock();
  const publish = () => undefined;
  const stateDir = join(folder, 'state');
  service = await startAlertmanager({ clock, configFile, stateDir, publish, externalUrl: () => 'http://x' });
  const message = () => new Promise<void>((resolve) => (onHeard = resolve));

  let next = message();
  service.delivery.post([{ labels: { alertname: 'first' } }]);
  await clock.advance(1_100);
  await next;
  await clock.advance(1_900);
  await service.reload();
  await clock.advance(1_000);
  next = message();
  service.delivery.post([{ labels: { alertname: 'second' } }]);
  await clock.advance(4_900);
  expect(heard).toEqual([['first']]);
  await clock.advance(200);
  await next;
  expect(heard).toEqual([['first'], ['first', 'second']]);
});
