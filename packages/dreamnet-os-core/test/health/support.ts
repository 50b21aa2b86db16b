import type { ActivitySample, EventData, EventType, ProbeResult, Subsystem } from '@dreamnet/contracts';
import { createFakeClock, type FakeClock } from '@dreamnet/testkit';
import { createHealthEngine, type HealthEngineOptions } from '../../src/health/health-engine.js';

export interface Seen {
  type: EventType;
  subject: string;
  data: EventData[EventType];
}

/** A started engine on a fake clock, with every event it published. */
export function createRig(options: Partial<HealthEngineOptions> = {}) {
  const clock = (options.clock as FakeClock | undefined) ?? createFakeClock();
  const events: Seen[] = [];
  const engine = createHealthEngine({
    clock,
    random: () => 0,
    publish: (type, subject, data) => events.push({ type, subject, data }),
    ...options,
  });
  return { clock, engine, events };
}

/** A process as a test wants it: what its probe does can be changed at any time. */
export function createPatient(clock: FakeClock, startCount = { cpuMs: 0, ioBytes: 0 }) {
  const patient = {
    identity: '1:1' as string | undefined,
    mode: 'answers' as 'answers' | 'hangs' | 'refuses' | 'answers-badly',
    cpuShare: 0,
    probes: 0,
    samples: 0,
    lastSampleMs: 0,
    cpuMs: startCount.cpuMs,
  };
  const probe = async (): Promise<ProbeResult> => {
    patient.probes += 1;
    if (patient.mode === 'hangs') return new Promise(() => undefined);
    return patient.mode === 'answers'
      ? { ok: true, reason: 'answered', latencyMs: 5 }
      : { ok: false, isAnswered: patient.mode === 'answers-badly', reason: patient.mode };
  };
  const activity = (): ActivitySample => {
    patient.samples += 1;
    const atMs = clock.monotonic();
    patient.cpuMs += (atMs - patient.lastSampleMs) * patient.cpuShare;
    patient.lastSampleMs = atMs;
    return { atMs, cpuMs: patient.cpuMs, ioBytes: startCount.ioBytes };
  };
  const subsystem: Subsystem = { probe, activity, identity: () => patient.identity };
  return { patient, subsystem };
}
