import type { GivenSecrets, OSLinker } from '@dreamnet/os-linker';
import type { HidesOutput, Supervisor } from '@dreamnet/supervisor';
import { severalAtOnce } from './several-at-once.js';

/** Whose output is not given out, since nobody knows which secrets are in it. */
export interface HiddenOutput {
  /** Why nothing of what a process wrote is given out; undefined when it is. */
  readonly of: HidesOutput;
  /** Learns what everybody was given whom an earlier daemon started. Before that everything is hidden. */
  learnAll(): Promise<void>;
  /** What the vault did not tell when it was locked may be known now. */
  vaultWasOpened(): Promise<void>;
  /** What this process was given is known: this daemon started it. */
  startedAnew(processId: string): void;
}

/** Commands that tell secrets are among what is waited for. */
const LEARNT_AT_ONCE = 16;

interface Learnt extends GivenSecrets {
  /** Whether anything was left of it. */
  readonly wasLeft: boolean;
}

/** Nothing is learnt yet. */
export function createHiddenOutput(
  linker: OSLinker,
  supervisor: Pick<Supervisor, 'environmentsLeft'>,
): HiddenOutput {
  const learnt = new Map<string, Learnt>();
  let isLearnt = false;
  const learn = async (id: string) => {
    const environments = supervisor.environmentsLeft(id);
    const given = await linker.learnGivenSecrets(id, environments);
    if (given.unknown.length + given.unsure.length > 0)
      learnt.set(id, { ...given, wasLeft: environments.length > 0 });
  };
  const learnAgain = async (id: string, before: Learnt) => {
    const now = await linker.learnGivenSecrets(id, before.wasLeft ? [undefined] : []);
    // Started anew meanwhile: then it is known.
    if (!learnt.has(id)) return;
    const unknown = before.unknown.filter((variable) => now.unknown.includes(variable));
    learnt.set(id, { ...before, unknown, isLocked: now.isLocked });
  };
  return {
    of: (id, { isUnseen }) => {
      if (!isLearnt) return 'the daemon has just begun, and what this process holds is not known yet';
      const given = learnt.get(id);
      return given && whyHidden(given, isUnseen);
    },
    learnAll: async () => {
      const ids = linker.listProcesses().map((process) => process.id);
      await severalAtOnce(ids, LEARNT_AT_ONCE, learn);
      isLearnt = true;
    },
    vaultWasOpened: () =>
      severalAtOnce([...learnt], LEARNT_AT_ONCE, ([id, before]) => learnAgain(id, before)),
    startedAnew: (id) => void learnt.delete(id),
  };
}

function whyHidden({ unknown, unsure, isLocked }: GivenSecrets, isUnseen: boolean): string | undefined {
  const names = [...unknown, ...(isUnseen ? unsure : [])];
  if (names.length === 0) return undefined;
  const what = `what this process was given as ${names.join(', ')} is not known`;
  return isLocked ? `the vault is locked, and ${what}` : what;
}
