import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { LocalProcessSpec, ProcessUser } from '@dreamnet/contracts';
import { hasTurnLine, makeLineFolder, TurnLine, turnLinePath } from './turn-line.js';

const LINE_NAME = /^(.+)\.(\d+)$/;

export interface TurnLinesOptions {
  readonly instanceId: string;
  /** Absolute; beside the logs. */
  readonly folder: string;
  readonly userOf: (spec: LocalProcessSpec) => ProcessUser | undefined;
  /** Makes a FIFO. @returns false when nobody here can */
  readonly makeFifo: (path: string, owner: ProcessUser | undefined) => boolean;
}

/** The lines of all spares of one supervisor. */
export class TurnLines {
  readonly #options: TurnLinesOptions;

  constructor(options: TurnLinesOptions) {
    this.#options = options;
  }

  /** Where the line of a start is to be; made by `make`. */
  pathOf(spec: LocalProcessSpec, generation: number): string {
    return turnLinePath(this.#folderOf(spec), spec.id, generation);
  }

  /** @returns undefined when no FIFO can be made here. */
  make(spec: LocalProcessSpec, generation: number): TurnLine | undefined {
    const owner = this.#options.userOf(spec);
    const path = this.pathOf(spec, generation);
    makeLineFolder(path, owner !== undefined);
    return this.#options.makeFifo(path, owner) ? new TurnLine(path) : undefined;
  }

  /** The line of a start of an earlier supervisor, if it is still there. */
  has(id: string, generation: number): boolean {
    return [this.#options.folder, this.#passableFolder].some((folder) =>
      hasTurnLine(turnLinePath(folder, id, generation)),
    );
  }

  /** Removes the lines that an earlier supervisor left and that nobody who runs is named by. */
  sweep(isRunning: (id: string, generation: number) => boolean): void {
    for (const folder of [this.#options.folder, this.#passableFolder])
      for (const name of namesIn(folder)) {
        const [, id = '', generation = ''] = LINE_NAME.exec(name) ?? [];
        if (id !== '' && !isRunning(id, Number(generation))) new TurnLine(join(folder, name)).remove();
      }
  }

  /** Only root gives others' users, and only root may make a folder there; a state folder lets nobody else pass. */
  #folderOf(spec: LocalProcessSpec): string {
    return this.#options.userOf(spec) ? this.#passableFolder : this.#options.folder;
  }

  get #passableFolder(): string {
    return join('/run', `dreamnet-${this.#options.instanceId}`);
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // nobody had a spare here
  }
}
