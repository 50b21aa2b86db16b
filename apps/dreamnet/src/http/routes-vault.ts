import type { FastifyInstance } from 'fastify';
import type { Daemon } from '../daemon/daemon.js';
import { actorOf } from './auth.js';
import { pathValue } from './request-values.js';
import { addRoutes } from './route.js';
import { rollbackSchema, secretSchema } from './schemas.js';

/** Secrets by name and version. A value comes in and never goes out. */
export function addVaultRoutes(app: FastifyInstance, { secrets }: Daemon): void {
  addRoutes(app, [
    {
      method: 'GET',
      path: '/api/vault',
      role: 'viewer',
      tag: 'bindings',
      summary: 'Names of the stored secrets, their versions, and who is bound to them',
      answer: async () => ({ secrets: await secrets.list() }),
    },
    {
      method: 'GET',
      path: '/api/vault/:key',
      role: 'viewer',
      tag: 'bindings',
      summary: 'Versions of one secret, and who is bound to it',
      answer: (request) => secrets.get(pathValue(request, 'key')),
    },
    {
      method: 'PUT',
      path: '/api/vault/:key',
      role: 'admin',
      tag: 'bindings',
      summary: 'Store a secret as a new version; those bound to it are started, restarted or signalled',
      body: secretSchema,
      answer: async (request) => {
        const key = pathValue(request, 'key');
        const { value } = secretSchema.parse(request.body);
        return { key, stored: true, ...(await secrets.set(key, value, actorOf(request))) };
      },
    },
    {
      method: 'POST',
      path: '/api/vault/:key/rollback',
      role: 'admin',
      tag: 'bindings',
      summary: 'Store an older version as the newest one',
      body: rollbackSchema,
      answer: async (request) => {
        const key = pathValue(request, 'key');
        const { version } = rollbackSchema.parse(request.body);
        return { key, stored: true, ...(await secrets.rollback(key, version, actorOf(request))) };
      },
    },
    {
      method: 'DELETE',
      path: '/api/vault/:key',
      role: 'admin',
      tag: 'bindings',
      summary: 'Remove every version of a secret; agents that run keep what they were given',
      answer: (request) => secrets.delete(pathValue(request, 'key'), actorOf(request)),
    },
  ]);
}
