import { DOMAIN_FACTORS, type Domain, type Subsystem, type SubsystemManifest } from '@dreamnet/contracts';
import { coreError } from '../errors.js';
import type { HealthCore } from './health-core.js';
import { createInquiry, HealthRecord } from './health-record.js';
import { expectHeartbeats } from './heartbeats.js';
import { checkManifest } from './manifest-check.js';
import { openGrace, scheduleAsk } from './process-lives.js';

const NO_MANIFEST: SubsystemManifest = {};
const LONGEST_NAME = 200;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const CONTROL_CHARACTERS = /[\u0000-\u001f\u007f]/;

/**
 * Refuses a name that could not be shown or stored.
 *
 * @throws DN_CORE_SUBSYSTEM_NAME
 */
function checkName(name: string): void {
  if (
    typeof name !== 'string' ||
    name.length === 0 ||
    name.length > LONGEST_NAME ||
    CONTROL_CHARACTERS.test(name)
  )
    throw coreError('DN_CORE_SUBSYSTEM_NAME', { name: String(JSON.stringify(name)).slice(0, 100) });
}

/**
 * Refuses what could not be looked after.
 *
 * @throws DN_CORE_SUBSYSTEM_NAME and DN_CORE_MANIFEST_INVALID
 */
export function checkSubsystem(name: string, subsystem: Subsystem): void {
  checkName(name);
  checkManifest(name, manifestOf(subsystem));
}

/** A record of a subsystem of which nothing is known yet. */
export function createRecord(core: HealthCore, name: string, subsystem: Subsystem): HealthRecord {
  const record = new HealthRecord(core.rows, name, { subsystem, at: core.clock.now() });
  setPowers(core, record, subsystem);
  return record;
}

/** Takes the powers and the manifest of a subsystem; what was known of its health stays. */
export function setPowers(core: HealthCore, record: HealthRecord, subsystem: Subsystem): void {
  record.isSettled = false;
  record.subsystem = subsystem;
  record.manifest = manifestOf(subsystem);
  record.domain = domainOf(record.manifest);
  record.weight = typeof record.manifest.weight === 'number' ? record.manifest.weight : 1;
  const asked = subsystem.probeSchedule ?? {};
  const { probe, poll } = core.settings;
  const hasProbe = typeof subsystem.probe === 'function';
  record.probe = hasProbe ? createInquiry('probe', { ...probe, ...asked }) : undefined;
  // Beside a probe status() only adds what the subsystem says itself; the schedule given is the probe's.
  const pollSchedule = hasProbe ? poll : { ...poll, ...asked };
  record.poll = typeof subsystem.status === 'function' ? createInquiry('status', pollSchedule) : undefined;
}

/** Begins to ask a subsystem; first questions are spread by chance so that a fleet is not asked in step. */
export function beginWatch(core: HealthCore, record: HealthRecord): void {
  const nowMs = core.clock.monotonic();
  for (const inquiry of [record.probe, record.poll]) {
    if (inquiry === undefined) continue;
    const spreadMs = Math.min(inquiry.schedule.everyMs, 50 + core.records.size / 4);
    scheduleAsk(core, record, { inquiry, dueMs: nowMs + spreadMs * core.random() });
  }
  expectHeartbeats(core, record);
  if (record.probe !== undefined && record.readiness.state === 'unknown') openGrace(core, record);
}

function manifestOf({ manifest }: Subsystem): SubsystemManifest {
  return typeof manifest === 'object' && manifest !== null ? manifest : NO_MANIFEST;
}

function domainOf({ domain }: SubsystemManifest): Domain {
  return domain !== undefined && Object.hasOwn(DOMAIN_FACTORS, domain) ? domain : 'infra';
}
