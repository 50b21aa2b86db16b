import type { HealthReport } from '@dreamnet/contracts';
import { systemClock } from '@dreamnet/kit';
import type { FastifyInstance } from 'fastify';
import type { Caller } from '../../src/daemon/state-dir.js';
import { addHeartbeatRoutes } from '../../src/http/routes-heartbeats.js';
import { addOtlpRoutes } from '../../src/http/routes-otlp.js';
import { createServer } from '../../src/http/server.js';
import { createNameBook } from '../../src/ingest/name-book.js';
import { createOtlpIntake } from '../../src/ingest/otlp/otlp-intake.js';
import { createOtlpServices } from '../../src/ingest/otlp/otlp-services.js';
import { PlainReportReader } from '../../src/ingest/plain-report.js';
import { createRateLimit } from '../../src/ingest/rate-limit.js';
import { createReportDesk } from '../../src/ingest/report-desk.js';

const clock = systemClock();

export interface ReportServer {
  readonly url: string;
  /** Every report that came through, in order. */
  readonly taken: HealthReport[];
  close(): Promise<void>;
}

/** The daemon's HTTP server with all its ways in for reports, and nothing behind them. */
export async function startReportServer(
  identify: (token: string) => Caller | undefined,
): Promise<ReportServer> {
  const taken: HealthReport[] = [];
  const heartbeat = (report: HealthReport) => {
    taken.push({ ...report });
    return { accepted: true } as const;
  };
  const desk = createReportDesk({ heartbeat, rate: createRateLimit(clock, 1000) });
  const journal = { keep: async () => undefined };
  const services = createOtlpServices({
    clock,
    isWatched: () => true,
    hasOwnTtl: () => false,
    watch: () => undefined,
    settings: { autoWatch: true, limit: 10 },
  });
  const reports = { clock, desk, reader: new PlainReportReader(createNameBook()), journal };
  const server: FastifyInstance = await createServer({
    identify,
    consoleDir: '',
    version: '0',
    allowedHosts: ['127.0.0.1'],
    reports,
    register: (app) => {
      addHeartbeatRoutes(app, reports);
      addOtlpRoutes(app, createOtlpIntake({ ...reports, services }));
    },
  });
  const url = await server.listen({ host: '127.0.0.1', port: 0 });
  return { url, taken, close: () => server.close() };
}
