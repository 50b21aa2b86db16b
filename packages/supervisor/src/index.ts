export { SUPERVISOR_ERRORS } from './errors.js';
export type { ReplayMismatch, ReplayOutcome } from './restart-policy/replay-scenario.js';
export { replayScenario } from './restart-policy/replay-scenario.js';
