import { createFakeClock } from '@dreamnet/testkit';
import { expect, test } from 'vitest';
import { createMetricTrends } from '../../src/neural-mesh/metric-trends.js';
import { createSeriesHistory } from '../../src/os-store/series/series-history.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

test.each([
  { everyMs: 30_000, count: 120, quietMs: 0 },
  { everyMs: MINUTE, count: 30, quietMs: 30 * MINUTE },
  { everyMs: 7000, count: 500, quietMs: 0 },
  { everyMs: 30_000, count: 1200, quietMs: 0 },
])(
  'metric trends: the slope of an exact line is that of the line, with $count values every $everyMs ms',
  async (given) => {
    const { everyMs, count, quietMs } = given;
    const clock = createFakeClock();
    const history = createSeriesHistory({ clock, publish: () => undefined });
    const trends = createMetricTrends({ history, manifest: () => undefined, now: clock.now });
    for (let index = 0; index < count; index += 1) {
      if (index > 0) clock.jump(everyMs);
      history.take({ subsystem: 'api', metric: 'left', at: clock.now(), value: 10_000 - index });
    }
    clock.jump(quietMs);
    const spanMs = Math.max(HOUR, count * everyMs);
    const [trend] = await trends.asked({ subject: 'api', metric: 'left', spanMs, level: 0 });
    const perHour = -HOUR / everyMs;
    expect(trend?.slopePerHour).toBeCloseTo(perHour, 3);
    expect(trend?.slopeInterval?.[0]).toBeCloseTo(perHour, 3);
    expect(trend?.slopeInterval?.[1]).toBeCloseTo(perHour, 3);
  },
);
