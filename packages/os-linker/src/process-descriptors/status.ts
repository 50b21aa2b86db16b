import type { OSProcessStatus } from '@dreamnet/contracts';
import { type StepOutcome, step, type TransitionTable } from '@dreamnet/kit';

/** What can happen to an OS process, as far as its status is concerned. Readiness is another axis. */
export const PROCESS_EVENTS = [
  /** Somebody asked for it to run. */
  'launch_requested',
  /** A process of it lives (started, restarted or adopted). */
  'process_started',
  /** The runtime could not launch it. */
  'launch_failed',
  /** A secret, a file or a runtime version it needs is not there. */
  'configuration_missing',
  /** Ended by itself without an error, or as asked. */
  'exited_clean',
  /** Ended by a signal, with an error, or for reasons nobody saw. */
  'failed',
  /** Whoever keeps it will start it again. */
  'restart_scheduled',
  /** Whoever keeps it has stopped trying. */
  'gave_up',
  'stop_requested',
  /** Nothing of it runs any more, as asked. */
  'stop_completed',
  /** The daemon was away: nothing is known until somebody looked. */
  'sight_lost',
  /** Somebody looked, and it was not there though it should be. */
  'found_gone',
] as const;

export type ProcessStatusEvent = (typeof PROCESS_EVENTS)[number];

/**
 * ```mermaid
 * stateDiagram-v2
 *   [*] --> stopped
 *   stopped --> pending: launch_requested, restart_scheduled, configuration_missing
 *   stopped --> running: process_started
 *   pending --> running: process_started
 *   pending --> error: launch_failed, failed, gave_up, found_gone
 *   pending --> stopped: exited_clean, stop_completed
 *   running --> stopped: exited_clean, stop_completed
 *   running --> error: failed, gave_up, found_gone
 *   running --> pending: restart_scheduled, sight_lost
 *   error --> pending: launch_requested, restart_scheduled, configuration_missing
 *   error --> running: process_started
 *   error --> stopped: exited_clean, stop_completed
 * ```
 * `running` is entered by `process_started` alone: a descriptor is running only when its process lives.
 * Absent cells are refused: late news about a process that is not there any more.
 */
export const PROCESS_STATUS_TABLE = {
  stopped: {
    launch_requested: 'pending',
    process_started: 'running',
    configuration_missing: 'pending',
    exited_clean: 'stopped',
    restart_scheduled: 'pending',
    stop_requested: 'stopped',
    stop_completed: 'stopped',
    sight_lost: 'stopped',
  },
  pending: {
    launch_requested: 'pending',
    process_started: 'running',
    launch_failed: 'error',
    configuration_missing: 'pending',
    exited_clean: 'stopped',
    failed: 'error',
    restart_scheduled: 'pending',
    gave_up: 'error',
    stop_requested: 'pending',
    stop_completed: 'stopped',
    sight_lost: 'pending',
    found_gone: 'error',
  },
  running: {
    process_started: 'running',
    exited_clean: 'stopped',
    failed: 'error',
    restart_scheduled: 'pending',
    gave_up: 'error',
    stop_requested: 'running',
    stop_completed: 'stopped',
    sight_lost: 'pending',
    found_gone: 'error',
  },
  error: {
    launch_requested: 'pending',
    process_started: 'running',
    launch_failed: 'error',
    configuration_missing: 'pending',
    exited_clean: 'stopped',
    failed: 'error',
    restart_scheduled: 'pending',
    gave_up: 'error',
    stop_requested: 'error',
    stop_completed: 'stopped',
    sight_lost: 'error',
    found_gone: 'error',
  },
} as const satisfies TransitionTable<OSProcessStatus, ProcessStatusEvent>;

/** One step of the status table; pure. A refusal is a value. */
export function stepProcessStatus(
  status: OSProcessStatus,
  event: ProcessStatusEvent,
): StepOutcome<OSProcessStatus> {
  return step<OSProcessStatus, ProcessStatusEvent>(PROCESS_STATUS_TABLE, status, event);
}
