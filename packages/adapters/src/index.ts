export { ADAPTERS_ERRORS } from './errors.js';
export type { StateLock } from './state-lock/state-lock.js';
export { acquireStateLock } from './state-lock/state-lock.js';
export { createMemoryStore } from './stores/memory.js';
export type { SqliteStoreOptions } from './stores/sqlite.js';
export { createSqliteStore } from './stores/sqlite.js';
