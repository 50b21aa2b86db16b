import type { HistoryFigures } from '@dreamnet/dreamnet-os-core';
import type { Family } from './exposition.js';

/** What the history took, refused, lost and holds. */
export function historyFamilies(figures: HistoryFigures): readonly Family[] {
  const outcomes = {
    taken: figures.taken,
    duplicate: figures.duplicates,
    late: figures.late,
    unusable: figures.unusable,
    over_limit: figures.overLimit,
    lost: figures.lost,
  };
  const gauge = (name: string, help: string, value: number): Family => ({
    name,
    type: 'gauge',
    help,
    samples: [[{}, value]],
  });
  return [
    {
      name: 'dreamnet_history_samples_total',
      type: 'counter',
      help: 'Samples by what became of them.',
      samples: Object.entries(outcomes).map(([outcome, count]) => [{ outcome }, count]),
    },
    {
      name: 'dreamnet_history_damaged_blocks_total',
      type: 'counter',
      help: 'Stored blocks that could not be read.',
      samples: [[{}, figures.damagedBlocks]],
    },
    gauge('dreamnet_history_series', 'Series with a sample within the last day.', figures.activeSeries),
    gauge('dreamnet_history_memory_bytes', 'Encoded blocks in memory.', figures.memoryBytes),
    gauge(
      'dreamnet_history_waiting_bytes',
      'Encoded blocks that are not in the store yet.',
      figures.waitingBytes,
    ),
  ];
}
