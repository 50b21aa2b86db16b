export type { StoreUnderTest } from './conformance/store.js';
export { storeConformance } from './conformance/store.js';
export type { FakeClock } from './fake-clock.js';
export { createFakeClock } from './fake-clock.js';
export type { FixtureProgram } from './fixtures/program.js';
export { fixtureCommand } from './fixtures/program.js';
export { endAgents, findAgents, hasSpawner } from './left-behind.js';
export { refuseForGood } from './refusing-store.js';
