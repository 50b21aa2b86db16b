import type { AnomalyFigures } from '@dreamnet/dreamnet-os-core';
import type { Family } from './exposition.js';

/** How many metrics are looked at for anomalies, and what became of their values. */
export function anomalyFamilies(figures: AnomalyFigures): readonly Family[] {
  const outcomes = { scored: figures.scored, thinned: figures.thinned, refused: figures.refused };
  return [
    {
      name: 'dreamnet_anomaly_values_total',
      type: 'counter',
      help: 'Values of metrics by what the anomaly scorers did with them.',
      samples: Object.entries(outcomes).map(([outcome, count]) => [{ outcome }, count]),
    },
    {
      name: 'dreamnet_anomaly_series',
      type: 'gauge',
      help: 'Metrics that are scored for anomalies, those still learning included.',
      samples: [[{}, figures.series]],
    },
    {
      name: 'dreamnet_anomaly_series_resumed_total',
      type: 'counter',
      help: 'Metrics that went on with what was learnt of them before the daemon started.',
      samples: [[{}, figures.resumed]],
    },
  ];
}
