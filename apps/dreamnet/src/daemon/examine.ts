import { DreamnetError } from '@dreamnet/kit';
import { type DoctorCheck, FLEET_FILE_CHECK } from '../http/views.js';
import { listSome } from '../list-some.js';
import type { AgentFleet } from './agent-fleet-interface.js';
import { isMemoryKeptOut } from './core-dumps.js';
import { examineVault } from './examine-vault.js';
import type { DaemonParts } from './parts.js';
import { notReplacedText } from './replicas/not-replaced.js';

/** What a running daemon can check of itself. */
export async function examineDaemon(
  parts: DaemonParts,
  fleet: Pick<AgentFleet, 'names' | 'record'>,
): Promise<DoctorCheck[]> {
  const troubles = parts.supervisor.diagnostics();
  return [
    examineFleetFile(parts),
    examineChanges(parts, fleet),
    examineFolder(parts),
    await examineStore(parts),
    await examineAudit(parts),
    examineJournal(parts),
    await examineRuntimes(parts),
    await examineVault(parts),
    {
      check: 'core dumps',
      isOk: isMemoryKeptOut(),
      details: isMemoryKeptOut()
        ? 'the memory of the daemon and its agents is kept out of them'
        : 'they may hold secrets: /proc/self/coredump_filter could not be written; run the daemon with ulimit -c 0',
    },
    {
      check: 'supervision',
      isOk: troubles.length === 0,
      details: troubles.join('; ') || 'works as it should',
    },
  ];
}

function examineFleetFile(parts: DaemonParts): DoctorCheck {
  const refusal = parts.refusal();
  const details = refusal
    ? `${refusal.code}: ${refusal.message}; what was in force before stays in force`
    : 'in force as it is written';
  return { check: FLEET_FILE_CHECK, isOk: refusal === undefined, details };
}

/** Does every process run with what is set? What was to give it that may have stopped. */
function examineChanges(
  { supervisor }: DaemonParts,
  fleet: Pick<AgentFleet, 'names' | 'record'>,
): DoctorCheck {
  const found = fleet.names().flatMap((name) => {
    const record = fleet.record(name);
    const text = record && notReplacedText(record, supervisor);
    return text === undefined ? [] : [`${name}: ${text}`];
  });
  const details = found.join('; ') || 'no process was left behind by a rolling restart';
  return { check: 'changes', isOk: found.length === 0, details };
}

function examineFolder({ folder }: DaemonParts): DoctorCheck {
  const problem = folder.problem();
  const details = problem ? `${problem.code}: ${problem.message}` : 'the one that the daemon opened';
  return { check: 'open folder', isOk: problem === undefined, details };
}

function examineJournal({ bus }: DaemonParts): DoctorCheck {
  const { published, unrecorded, pending, problem } = bus.stats();
  const counted = `${published} published since the start, ${unrecorded} not recorded`;
  const details = problem === undefined ? counted : `${counted}, ${pending} wait: ${problem}`;
  return { check: 'event journal', isOk: unrecorded === 0 && problem === undefined, details };
}

/** Only a write shows that a disk takes one; that it takes this one does not show that it took the others. */
async function examineStore({ store, storeTally, clock }: DaemonParts): Promise<DoctorCheck> {
  const check = 'store';
  try {
    await store.commit([{ op: 'put', collection: 'doctor', key: 'examined', value: { at: clock.now() } }]);
    const refused = storeTally.refusals();
    const details = refused ? `takes writes now; ${refused.text}` : 'takes writes';
    return { check, isOk: refused?.isRecent !== true, details };
  } catch (thrown) {
    return { check, isOk: false, details: DreamnetError.from(thrown).message };
  }
}

async function examineAudit({ core }: DaemonParts): Promise<DoctorCheck> {
  const verdict = await core.audit.verify();
  return {
    check: 'audit chain',
    isOk: verdict.ok,
    details: verdict.ok
      ? `${verdict.entries} entries, unbroken`
      : `broken at entry ${verdict.sequence}: ${verdict.because}`,
  };
}

/** Is there, for every agent, an interpreter that is what its context asks for? */
async function examineRuntimes({ linker }: DaemonParts): Promise<DoctorCheck> {
  const users = new Map<string, string[]>();
  const missing: string[] = [];
  for (const { id, runtimeContext } of linker.listProcesses()) {
    const choice = await linker.explainChoice(id);
    if (choice && !choice.chosen) missing.push(`${id} asks for ${runtimeContext.version}: ${choice.because}`);
    if (!choice?.chosen) continue;
    const words = `${choice.chosen.version ?? 'unknown version'} at ${choice.chosen.path}`;
    const ids = users.get(words);
    if (ids) ids.push(id);
    else users.set(words, [id]);
  }
  const used = [...users].map(([words, ids]) => `${words} for ${listSome(ids)}`);
  return {
    check: 'runtimes',
    isOk: missing.length === 0,
    details: [...missing, ...used].join('; ') || 'no agent needs one',
  };
}
