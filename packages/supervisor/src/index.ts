export type { AdoptionReport, Orphan } from './adoption/adoption.js';
export type { MarkedProcess } from './adoption/find-marked.js';
export { findMarkedProcesses } from './adoption/find-marked.js';
export { SUPERVISOR_ERRORS } from './errors.js';
export type { IsolationSettings } from './isolation/isolate.js';
export type { LifecycleEvent } from './lifecycle.js';
export { LIFECYCLE } from './lifecycle.js';
export { createPatientEnvironment, variableIn } from './linux/environment.js';
export { readMarker } from './linux/marker.js';
export type { LogStream } from './logs/log-files.js';
export type { LogFilter, LogQuery } from './logs/log-query.js';
export type { LogRotation } from './logs/log-rotation.js';
export type { ReplayMismatch, ReplayOutcome } from './restart-policy/replay-scenario.js';
export { replayScenario } from './restart-policy/replay-scenario.js';
export type {
  EndedRun,
  RestartDecision,
  RestartHistory,
  RestartRules,
} from './restart-policy/restart-decision.js';
export {
  beginTrial,
  confirmHealthy,
  decideRestart,
  freshHistory,
} from './restart-policy/restart-decision.js';
export type {
  ChildExit,
  ChildState,
  ExitKind,
  GroupAction,
  GroupChild,
  GroupStep,
  RestartGroup,
} from './restart-policy/restart-group.js';
export { createRestartGroup, stepGroup } from './restart-policy/restart-group.js';
export type { RestartLimits } from './restart-policy/sliding-window.js';
export { createSupervisor } from './supervisor.js';
export type { ProcessDescription, ShutdownOptions, Supervisor } from './supervisor-interface.js';
export type { HidesOutput, RenewSpec, SupervisorOptions } from './supervisor-options.js';
