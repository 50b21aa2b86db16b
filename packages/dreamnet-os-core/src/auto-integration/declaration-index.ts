import type { SubsystemManifest } from '@dreamnet/contracts';
import { declaredDependencies } from '../auto-recovery/dependency-graph.js';
import type { HealthEngine } from '../boundary.js';
import { declaredConnections } from './missing-connections.js';

/** Who has to be looked at again when a subsystem came, changed or went. */
export interface DeclarationIndex {
  /** Reads what a subsystem declares now; what it declared before is forgotten. */
  read(name: string): void;
  /** Those whose gaps may depend on these subsystems, themselves among them. Whose needs are served counts since the last call. */
  takeAffected(names: Iterable<string>): ReadonlySet<string>;
  /** Those that can have other gaps without a change of what is declared: they are to be asked each time. */
  asked(): ReadonlySet<string>;
  isProvided(capability: string): boolean;
}

/** What is kept of one that declares anything that others, or time, have to do with. */
interface Entry {
  targets: readonly string[];
  provides: readonly string[];
}

/** Holds nothing of those that declare nothing, which are most. */
export function createDeclarationIndex(
  health: Pick<HealthEngine, 'manifest' | 'names' | 'subsystem'>,
): DeclarationIndex {
  return new Index(health);
}

class Index implements DeclarationIndex {
  readonly #health: Pick<HealthEngine, 'manifest' | 'names' | 'subsystem'>;
  readonly #entries = new Map<string, Entry>();
  /** By who is named in a dependency or connection: who names it. */
  readonly #namedBy = new Map<string, Set<string>>();
  readonly #providers = new Map<string, number>();
  readonly #needers = new Set<string>();
  readonly #asked = new Set<string>();
  /** Of a capability the first provider came, or the last one went. */
  #isSupplyChanged = false;

  constructor(health: Pick<HealthEngine, 'manifest' | 'names' | 'subsystem'>) {
    this.#health = health;
  }

  read(name: string): void {
    this.#forget(name);
    const subsystem = this.#health.subsystem(name);
    if (!subsystem) return;
    const manifest = this.#health.manifest(name);
    if (manifest.needs?.length) this.#needers.add(name);
    if (subsystem.problems || hasQuestions(manifest)) this.#asked.add(name);
    const targets = [
      ...declaredDependencies(this.#health, name).map((declared) => declared.name),
      ...declaredConnections({ manifest }).map(({ target }) => target),
    ];
    const provides = [...(manifest.provides ?? [])];
    if (targets.length === 0 && provides.length === 0) return;
    this.#entries.set(name, { targets, provides });
    for (const target of targets)
      this.#namedBy.set(target, (this.#namedBy.get(target) ?? new Set()).add(name));
    for (const capability of provides) this.#count(capability, 1);
  }

  takeAffected(names: Iterable<string>): ReadonlySet<string> {
    const affected = new Set<string>();
    for (const name of names) {
      affected.add(name);
      for (const other of this.#namedBy.get(name) ?? []) affected.add(other);
    }
    if (this.#isSupplyChanged) for (const name of this.#needers) affected.add(name);
    this.#isSupplyChanged = false;
    return affected;
  }

  asked(): ReadonlySet<string> {
    return this.#asked;
  }

  isProvided(capability: string): boolean {
    return this.#providers.has(capability);
  }

  #forget(name: string): void {
    this.#needers.delete(name);
    this.#asked.delete(name);
    const entry = this.#entries.get(name);
    if (!entry) return;
    this.#entries.delete(name);
    for (const capability of entry.provides) this.#count(capability, -1);
    for (const target of entry.targets) {
      const others = this.#namedBy.get(target);
      others?.delete(name);
      if (others?.size === 0) this.#namedBy.delete(target);
    }
  }

  #count(capability: string, more: number): void {
    const before = this.#providers.get(capability) ?? 0;
    if (before + more > 0) this.#providers.set(capability, before + more);
    else this.#providers.delete(capability);
    if (before === 0 || before + more === 0) this.#isSupplyChanged = true;
  }
}

/** Is there a function of its declaration to be asked? */
function hasQuestions(manifest: SubsystemManifest): boolean {
  return (
    manifest.requiredConfig !== undefined ||
    (manifest.syncs ?? []).some(({ lagMs }) => lagMs !== undefined) ||
    declaredConnections({ manifest }).some(({ isConnected }) => isConnected !== undefined)
  );
}
