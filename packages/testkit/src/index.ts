export type { FakeClock } from './fake-clock.js';
export { createFakeClock } from './fake-clock.js';
