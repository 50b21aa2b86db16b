export type { StoreUnderTest } from './conformance/store.js';
export { storeConformance } from './conformance/store.js';
export type { FakeClock } from './fake-clock.js';
export { createFakeClock } from './fake-clock.js';
