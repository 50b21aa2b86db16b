import { expect, test } from 'vitest';
import { roundTrip } from './round-trip.js';

/** What the vault takes: packages/os-linker/src/vault/vault.ts. */
const VAULT_KEY = /^[A-Za-z0-9][A-Za-z0-9._-]{0,119}$/;

/** Agent → the vault keys it is bound to. */
function vaultKeys({ fleet }: ReturnType<typeof roundTrip>): Record<string, string[]> {
  const keysOf = (config: unknown) =>
    Object.values(config as Record<string, { from: string; key?: string }>).flatMap(({ key }) => key ?? []);
  return Object.fromEntries(
    Object.entries(fleet.agents).map(([name, { bindings }]) => [
      name,
      bindings.flatMap(({ config }) => keysOf(config)),
    ]),
  );
}

test('secrets: two agents of one name, of one file or of several, have a key each', () => {
  const service = (secret: string) =>
    `services: { api: { command: sleep 1, environment: { API_KEY: ${secret} } } }`;
  const composed = roundTrip(
    { 'a/compose.yaml': service('one'), 'b/compose.yaml': service('two') },
    { areAllImported: true },
  );
  expect(vaultKeys(composed)).toEqual({ api: ['api.API_KEY'], 'api-2': ['api-2.API_KEY'] });
  expect(composed.text).toContain('put it into the vault as api-2.API_KEY');
  const app = (name: string) => ({ name, script: 'sleep', env: { API_KEY: 'x' } });
  const apps = roundTrip({ 'ecosystem.json': JSON.stringify({ apps: [app('w'), app('w'), app('w-2')] }) });
  expect(vaultKeys(apps)).toEqual({ w: ['w.API_KEY'], 'w-2': ['w-2.API_KEY'], 'w-2-2': ['w-2-2.API_KEY'] });
});

test('secrets: what a key is asked for is named by the key it has', () => {
  const server = { command: 'sh', env: { WORD: `\${input:word}` } };
  const { text } = roundTrip(
    {
      '.mcp.json': JSON.stringify({ mcpServers: { a: server } }),
      'b/.mcp.json': JSON.stringify({ mcpServers: { a: server } }),
    },
    { areAllImported: true },
  );
  expect(text).toContain("# WORD was asked for as 'word'; put it into the vault as a.WORD\n");
  expect(text).toContain("# WORD was asked for as 'word'; put it into the vault as a-2.WORD\n");
});

test('secrets: the vault takes every key that is written, however its agent and its variable were called', () => {
  const long = 'A'.repeat(150);
  const env = { API_KEY: 'x', [`${long}_TOKEN`]: 'y', [`${long}B_TOKEN`]: 'z' };
  const names = ['日本', '-x', '--', '.hidden', 'a b', 'n'.repeat(80)];
  const apps = names.map((name) => ({ name, script: 'sleep', env }));
  const keys = Object.values(vaultKeys(roundTrip({ 'ecosystem.json': JSON.stringify({ apps }) }))).flat();
  expect(keys).toHaveLength(names.length * 3);
  expect(new Set(keys).size).toBe(keys.length);
  for (const key of keys) expect(key).toMatch(VAULT_KEY);
});
