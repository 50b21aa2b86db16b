import type { Clock } from '@dreamnet/contracts';
import { workInTurns } from '@dreamnet/kit';
import type { HealthEngine } from '../boundary.js';
import { detectConfigurationIssues } from './configuration-issues.js';
import { detectDataSyncIssues } from './data-sync-issues.js';
import { createDeclarationIndex, type DeclarationIndex } from './declaration-index.js';
import { type CycleBook, createCycleBook } from './dependency-cycles.js';
import { detectDependencyProblems } from './dependency-problems.js';
import type { GapBook } from './gap-book.js';
import type { DetectionView, Detector, GapFinding } from './gap-finding.js';
import type { KnownAnswers } from './known-answers.js';
import { declaredConnections, detectMissingConnections } from './missing-connections.js';

const DETECTORS: readonly Detector[] = [
  detectMissingConnections,
  detectConfigurationIssues,
  detectDependencyProblems,
  detectDataSyncIssues,
];
/** Cycles are nobody's own: no subsystem has an empty name. */
const ALL_CYCLES = '';

export interface GapDetectionOptions {
  clock: Clock;
  health: Pick<HealthEngine, 'names' | 'manifest' | 'subsystem'>;
  answers: KnownAnswers;
  book: GapBook;
}

/**
 * Keeps the gap book up to date. What a subsystem declares is read when it comes or changes, and looked at again when one that
 * it names does; those with functions to ask are looked at each time. So a quiet fleet of any size costs nothing.
 */
export interface GapDetection {
  /** A subsystem came, was replaced or went. It is looked at with the next detection. */
  changed(name: string): void;
  /** Looks at these, and at all that changed since the last detection, before it returns. */
  detect(names: Iterable<string>): void;
  /** The same, and asks everybody who has functions to ask. */
  detectAll(names: Iterable<string>): void;
  /** Looks at all that changed and asks everybody, in turns of the event loop. */
  detectInTurns(): Promise<void>;
  /** Takes in what one has answered since. */
  compare(name: string): void;
}

/** Has looked at nobody yet. */
export function createGapDetection(options: GapDetectionOptions): GapDetection {
  return new Detection(options);
}

class Detection implements GapDetection {
  readonly #options: GapDetectionOptions;
  readonly #index: DeclarationIndex;
  readonly #cycles: CycleBook;
  #changed = new Set<string>();

  constructor(options: GapDetectionOptions) {
    this.#options = options;
    this.#index = createDeclarationIndex(options.health);
    this.#cycles = createCycleBook(options.health);
  }

  changed(name: string): void {
    this.#changed.add(name);
  }

  detect(names: Iterable<string>): void {
    this.#detectNow(names, () => []);
  }

  detectAll(names: Iterable<string>): void {
    this.#detectNow(names, () => this.#index.asked());
  }

  async detectInTurns(): Promise<void> {
    const { clock, book } = this.#options;
    const changed = this.#takeChanged([]);
    await workInTurns(clock, changed, (name) => this.#index.read(name));
    const affected = this.#index.takeAffected(changed);
    await workInTurns(clock, new Set([...affected, ...this.#index.asked()]), (name) => this.#look(name));
    this.#lookForCycles(changed);
    await workInTurns(clock, book.list(), ({ id }) => book.seenAgain(id));
  }

  compare(name: string): void {
    const { book } = this.#options;
    const view = this.#viewOf(name);
    book.reconcile(name, view ? DETECTORS.flatMap((detect): GapFinding[] => detect(view)) : []);
  }

  /** @param others Whom to look at, too, once it is read what changed. Nobody is looked at twice. */
  #detectNow(names: Iterable<string>, others: () => Iterable<string>): void {
    const changed = this.#takeChanged(names);
    for (const name of changed) this.#index.read(name);
    for (const name of new Set([...this.#index.takeAffected(changed), ...others()])) this.#look(name);
    this.#lookForCycles(changed);
  }

  #takeChanged(more: Iterable<string>): ReadonlySet<string> {
    const changed = this.#changed;
    for (const name of more) changed.add(name);
    this.#changed = new Set();
    return changed;
  }

  /** Asks what it declared for detection, and compares with what is known; answers that come later are taken when they come. */
  #look(name: string): void {
    const { answers } = this.#options;
    const view = this.#viewOf(name);
    const parts = new Set<string>();
    if (view)
      for (const [part, call] of questionsOf(view)) {
        parts.add(part);
        answers.ask(name, part, call);
      }
    answers.keep(name, parts);
    this.compare(name);
  }

  #lookForCycles(changed: ReadonlySet<string>): void {
    if (this.#cycles.update(changed)) this.#options.book.reconcile(ALL_CYCLES, this.#cycles.findings());
  }

  #viewOf(name: string): DetectionView | undefined {
    const { health, answers } = this.#options;
    const subsystem = health.subsystem(name);
    return (
      subsystem && {
        ...{ name, subsystem, health },
        manifest: health.manifest(name),
        isProvided: (capability) => this.#index.isProvided(capability),
        answer: (part) => answers.get(name, part),
      }
    );
  }
}

/** The functions that a subsystem declared for detection, by the part of the declaration that each tells of. */
function questionsOf({ manifest, subsystem }: DetectionView): [part: string, call: () => unknown][] {
  const questions: [string, () => unknown][] = [];
  if (manifest.requiredConfig && subsystem.config) questions.push(['config', () => subsystem.config?.()]);
  for (const { target, isConnected } of declaredConnections({ manifest }))
    if (isConnected) questions.push([`connected/${target}`, isConnected]);
  for (const { source, lagMs } of manifest.syncs ?? []) if (lagMs) questions.push([`lag/${source}`, lagMs]);
  return questions;
}
