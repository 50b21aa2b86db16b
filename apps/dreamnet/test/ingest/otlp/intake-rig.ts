import type { HealthReport } from '@dreamnet/contracts';
import { createFakeClock } from '@dreamnet/testkit';
import { createOtlpIntake } from '../../../src/ingest/otlp/otlp-intake.js';
import { createOtlpServices } from '../../../src/ingest/otlp/otlp-services.js';
import { createRateLimit } from '../../../src/ingest/rate-limit.js';
import { createReportDesk } from '../../../src/ingest/report-desk.js';

/** An intake before ten services that nobody declared, and one or more that are watched already. */
export function intakeRig() {
  const clock = createFakeClock();
  const reports: HealthReport[] = [];
  const spent: [string, number][] = [];
  const intake = createOtlpIntake({
    clock,
    desk: createReportDesk({
      heartbeat: (report) => {
        reports.push(report);
        return { accepted: true };
      },
      rate: createRateLimit(clock, 100_000),
    }),
    journal: { keep: async () => undefined },
    onTokens: (service, tokens) => spent.push([service, tokens]),
    services: createOtlpServices({
      clock,
      isWatched: (name) => !name.startsWith('shop-'),
      watch: () => undefined,
      hasOwnTtl: () => false,
      settings: { autoWatch: true, limit: 10 },
    }),
  });
  return { clock, intake, reports, spent };
}

/** The resource of a process of the service `shop`. */
export function processOf(id: string) {
  return {
    attributes: [
      { key: 'service.name', value: { stringValue: 'shop' } },
      { key: 'service.instance.id', value: { stringValue: id } },
    ],
  };
}
