import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PsEntry } from '@dreamnet/contracts';
import { DreamnetError, systemClock } from '@dreamnet/kit';
import type { Terminal } from '../cli/terminal.js';
import { busyAgent } from './faults/busy-agent.js';
import { crashLoop } from './faults/crash-loop.js';
import { dependencyDown } from './faults/dependency-down.js';
import type { Fault } from './faults/fault.js';
import { killedDaemon } from './faults/killed-daemon.js';
import { missingSecret } from './faults/missing-secret.js';
import { killedAgent, muteAgent, stoppedAgent } from './faults/process-faults.js';
import { prepareFleetFolder } from './fleet-folder.js';
import { check, type FaultReport, findTouched, isHealed } from './report.js';
import { showReport, showSummary } from './report-text.js';
import { createWorld, type World } from './world.js';

/** In the order in which they are done. */
const FAULTS: readonly Fault[] = [
  killedAgent,
  stoppedAgent,
  muteAgent,
  busyAgent,
  crashLoop,
  missingSecret,
  dependencyDown,
  killedDaemon,
];

export interface DemoOptions {
  terminal: Terminal;
  isJson: boolean;
  /** Leaves the folder with state and logs behind, to look at. */
  isKept: boolean;
  variables: NodeJS.ProcessEnv;
  signal: AbortSignal;
}

/**
 * Runs the example fleet in a temporary folder and does to it what goes wrong in life.
 *
 * @returns Whether everything was healed, nothing healthy was touched and every limit was kept.
 */
export async function runDemo(options: DemoOptions): Promise<boolean> {
  const folder = mkdtempSync(join(tmpdir(), 'dreamnet-demo-'));
  const world = createWorld(systemClock(), await prepareFleetFolder(folder), options.variables);
  const reports: FaultReport[] = [];
  const say = (text: string) => options.isJson || options.terminal.out(text);
  let isFinished = false;
  try {
    const readyMs = await world.startDaemon();
    say(`Fleet and daemon are up after ${Math.round(readyMs)} ms, in ${folder}`);
    await settle(world);
    for (const [index, fault] of FAULTS.entries()) {
      if (options.signal.aborted) break;
      say(`\n${index + 1}/${FAULTS.length} ${options.terminal.colors.bold(fault.title)}`);
      const report = await attempt(world, fault);
      reports.push(report);
      say(showReport(options.terminal, report));
    }
    isFinished = reports.length === FAULTS.length;
  } finally {
    await world.stopDaemon();
    if (!options.isKept && isFinished) rmSync(folder, { recursive: true, force: true });
  }
  const isWholeFleetWell = isFinished && reports.every(isHealed);
  if (options.isJson)
    options.terminal.out(JSON.stringify({ isHealed: isWholeFleetWell, faults: reports }, null, 2));
  else options.terminal.out(`\n${showSummary(options.terminal, reports, isWholeFleetWell)}`);
  return isWholeFleetWell;
}

/** One fault, then the check that nothing else was touched. A fault that is not healed is a report, too. */
async function attempt(world: World, fault: Fault): Promise<FaultReport> {
  const before = await world.agents();
  try {
    const report = await fault.run(world);
    const after = await settle(world);
    const touched = findTouched(before, after, fault.mayTouch);
    report.checks.push(
      check('nothing healthy was touched', touched.length === 0, touched.join(', ') || 'nothing'),
    );
    return report;
  } catch (thrown) {
    const error = DreamnetError.from(thrown);
    return {
      fault: fault.title,
      target: fault.mayTouch[0] ?? '-',
      seen: '-',
      decided: '-',
      done: '-',
      verified: `not healed: ${error.message}`,
      detectedMs: Number.NaN,
      recoveredMs: Number.NaN,
      checks: [check('it was healed', false, error.message)],
    };
  }
}

/** Waits until everything that can be ready is, so that one fault does not run into the next. */
function settle(world: World) {
  return world.until('the fleet to be at rest', async () => {
    const agents = await world.agents();
    // What cannot start for want of a secret stays an open incident until its own turn comes.
    const isWithout = ({ status, phase }: PsEntry) => status === 'pending' && phase !== 'waiting';
    const waiting = new Set(agents.filter(isWithout).map(({ name }) => name));
    const isAtRest = agents.every(
      ({ name, pid, health }) =>
        waiting.has(name) ||
        (pid !== null && health.liveness.state === 'alive' && health.readiness.state !== 'not_ready'),
    );
    const hasOpen = (await world.incidents()).some(
      ({ state, cause }) => state === 'open' && !waiting.has(cause.subsystem),
    );
    return isAtRest && !hasOpen ? agents : undefined;
  });
}
