import type { FastifyInstance } from 'fastify';
import type { Daemon } from '../daemon/daemon.js';
import { actorOf } from './auth.js';
import { addRoutes } from './route.js';
import { sealSchema, unlockSchema, unsealSchema } from './schemas.js';

/** The passphrase of the vault. It comes in and never goes out. */
export function addVaultKeyRoutes(app: FastifyInstance, { vaultKey }: Daemon): void {
  const answerState = async () => ({ state: await vaultKey.state() });
  addRoutes(app, [
    {
      method: 'GET',
      path: '/api/vault-key',
      role: 'viewer',
      tag: 'bindings',
      summary: 'Whether the key of the vault is under a passphrase, and whether it is open',
      answer: answerState,
    },
    {
      method: 'POST',
      path: '/api/vault-key/unlock',
      role: 'admin',
      tag: 'bindings',
      summary: 'Open the vault until the daemon ends; agents that waited for its secrets are started',
      body: unlockSchema,
      answer: async (request) => {
        const { passphrase } = unlockSchema.parse(request.body);
        const outcomes = await vaultKey.unlock(passphrase, actorOf(request));
        return { ...(await answerState()), outcomes };
      },
    },
    {
      method: 'POST',
      path: '/api/vault-key/seal',
      role: 'admin',
      tag: 'bindings',
      summary: 'Put the key of the vault under a passphrase, or under another one; no secret changes',
      body: sealSchema,
      answer: async (request) => {
        const { passphrase, current } = sealSchema.parse(request.body);
        await vaultKey.seal(passphrase, current, actorOf(request));
        return answerState();
      },
    },
    {
      method: 'POST',
      path: '/api/vault-key/unseal',
      role: 'admin',
      tag: 'bindings',
      summary: 'Keep the key of the vault in its file as it is, without a passphrase',
      body: unsealSchema,
      answer: async (request) => {
        await vaultKey.unseal(unsealSchema.parse(request.body).current, actorOf(request));
        return answerState();
      },
    },
  ]);
}
