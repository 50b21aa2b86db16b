import { writeFileSync } from 'node:fs';
import { check, mark } from '../report.js';
import { awaitResolved, type Fault, findEvent, reportOf, signalAgent } from './fault.js';

/** Readiness of the demo's agents: every 1 s, twice, with 1 s to answer. */
const READINESS_BOUND_MS = 1000 * 2 + 1000;

/** 1. `kill -9` of a Node agent. */
export const killedAgent: Fault = {
  title: 'kill -9 of an agent (coder, Node)',
  mayTouch: ['coder'],
  run: async (world) => {
    const { before, faultAt } = await signalAgent(world, 'coder', 'SIGKILL');
    const incident = await awaitResolved(world, 'coder', faultAt);
    const after = await world.agent('coder');
    const exited = findEvent(world, { type: 'process.exited', subject: 'coder', since: faultAt });
    const report = reportOf(incident, killedAgent.title, faultAt);
    const detectedMs = exited ? exited.data.exit.at - faultAt : report.detectedMs;
    return {
      ...report,
      detectedMs,
      checks: [
        mark('the exit is seen', 20, detectedMs),
        mark('verified recovery of a Node agent', 1500, report.recoveredMs),
        check(
          'a new process serves',
          after.pid !== before.pid && after.pid !== null,
          `pid ${before.pid} → ${after.pid}`,
        ),
      ],
    };
  },
};

/** 2. `SIGSTOP`: the process exists and answers nothing. */
export const stoppedAgent: Fault = {
  title: 'SIGSTOP of an agent (researcher, Python): it exists and answers nothing',
  mayTouch: ['researcher'],
  run: async (world) => {
    const { before, faultAt } = await signalAgent(world, 'researcher', 'SIGSTOP');
    const incident = await awaitResolved(world, 'researcher', faultAt);
    const after = await world.agent('researcher');
    const report = reportOf(incident, stoppedAgent.title, faultAt);
    return {
      ...report,
      checks: [
        mark('found (readiness interval × fall + timeout)', READINESS_BOUND_MS, report.detectedMs),
        check(
          'the stopped process is gone, a new one serves',
          after.pid !== before.pid,
          `pid ${before.pid} → ${after.pid}`,
        ),
      ],
    };
  },
};

/** 3. A service that accepts connections and never answers. */
export const muteAgent: Fault = {
  title: 'an agent accepts connections and never answers (mailroom)',
  mayTouch: ['mailroom'],
  run: async (world) => {
    const before = await world.agent('mailroom');
    const faultAt = world.clock.now();
    writeFileSync(world.folder.wedgeFiles.mailroom, '');
    const incident = await awaitResolved(world, 'mailroom', faultAt);
    const after = await world.agent('mailroom');
    const report = reportOf(incident, muteAgent.title, faultAt);
    return {
      ...report,
      checks: [
        mark('found (readiness interval × fall + timeout)', READINESS_BOUND_MS, report.detectedMs),
        check('a new process serves', after.pid !== before.pid, `pid ${before.pid} → ${after.pid}`),
      ],
    };
  },
};
