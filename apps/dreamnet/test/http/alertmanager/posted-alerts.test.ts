import { expect, test } from 'vitest';
import { readPostedAlerts } from '../../../src/http/alertmanager/posted-alerts.js';

test('posted alerts: a list where a time or an address belongs is refused, however deep it is', () => {
  const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
  for (const field of ['startsAt', 'endsAt', 'generatorURL'])
    for (const value of ['[1]', '{}', deep]) {
      const read = readPostedAlerts(`[{"labels":{"alertname":"a"},"${field}":${value}}]`);
      expect(JSON.stringify(read)).toContain('a list or an object');
    }
});
