import type { HeldBlock, Series } from './series-book.js';
import type { HistoryCore } from './series-options.js';

/** A closed block and whose it is. */
export interface OwnedBlock {
  readonly series: Series;
  readonly block: HeldBlock;
}

/** Which closed blocks are in memory: those that wait for the store, and the newest of the others. */
export interface BlockKeeper {
  /** A block was closed. */
  closed(series: Series, block: HeldBlock): void;
  /** Everything that waits for the store, oldest first. */
  waiting(): readonly OwnedBlock[];
  /** These are in the store now. */
  stored(blocks: ReadonlySet<HeldBlock>): void;
}

/** Blocks of one line, oldest first, and what they weigh. */
interface Line {
  blocks: OwnedBlock[];
  /** Those before it are gone already. */
  first: number;
  bytes: number;
}

/** With a store, blocks older than this leave the memory: what is asked for every few seconds is newer. */
const MEMORY_AGE_MS = 3 * 3_600_000;
/** What a block costs beside its bytes. */
const OVERHEAD_BYTES = 120;

/** Keeps within the limits of the settings; without a store nothing waits. */
export function createBlockKeeper(core: HistoryCore): BlockKeeper {
  const { counts, settings, store } = core;
  const waiting: Line = { blocks: [], first: 0, bytes: 0 };
  const kept: Line = { blocks: [], first: 0, bytes: 0 };
  const count = (): void => {
    counts.memoryBytes = waiting.bytes + kept.bytes;
    counts.waitingBytes = waiting.bytes;
  };
  const keep = (owned: OwnedBlock): void => {
    add(kept, owned);
    while (kept.bytes > settings.memoryBytes) drop(kept);
    if (store === undefined) return;
    for (let old = kept.blocks[kept.first]; old; old = kept.blocks[kept.first]) {
      if (old.block.to >= owned.block.to - MEMORY_AGE_MS) return;
      drop(kept);
    }
  };
  return {
    closed: (series, block) => {
      if (store === undefined) keep({ series, block });
      else {
        add(waiting, { series, block });
        while (waiting.bytes > settings.waitingBytes) counts.lost += drop(waiting)?.block.count ?? 0;
      }
      count();
    },
    waiting: () => waiting.blocks.slice(waiting.first),
    stored: (blocks) => {
      const rest: OwnedBlock[] = [];
      for (const owned of waiting.blocks.slice(waiting.first))
        if (blocks.has(owned.block)) {
          owned.block.isStored = true;
          keep(owned);
        } else rest.push(owned);
      waiting.blocks = rest;
      waiting.first = 0;
      waiting.bytes = rest.reduce((sum, { block }) => sum + weight(block), 0);
      count();
    },
  };
}

function weight({ bytes }: HeldBlock): number {
  return bytes.length + OVERHEAD_BYTES;
}

function add(line: Line, owned: OwnedBlock): void {
  line.blocks.push(owned);
  line.bytes += weight(owned.block);
}

/** Lets the oldest one of the line go. */
function drop(line: Line): OwnedBlock | undefined {
  const owned = line.blocks[line.first];
  if (owned === undefined) return undefined;
  line.first += 1;
  line.bytes -= weight(owned.block);
  const { series, block } = owned;
  const place = series.blocks.indexOf(block);
  if (place >= 0) series.blocks.splice(place, 1);
  series.memoryFrom = Math.max(series.memoryFrom, block.to + 1);
  if (line.first > 1024 && line.first * 2 > line.blocks.length) {
    line.blocks = line.blocks.slice(line.first);
    line.first = 0;
  }
  return owned;
}
