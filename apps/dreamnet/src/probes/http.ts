import { httpProbe } from '@dreamnet/protocols';
import { httpUrl } from '../config/primitives.js';
import { probeKind } from './probe-kind.js';

/** GETs a URL; good is a status from 200 to 299 unless `expect` says otherwise. */
export const httpKind = probeKind({
  key: 'http',
  schema: httpUrl,
  expects: ['status', 'body'],
  create: (url, { clock, timeoutMs, expect }) =>
    httpProbe({
      url,
      clock,
      timeoutMs,
      ...(expect.status !== undefined && { expectStatus: expect.status }),
      ...(expect.body !== undefined && { expectBody: expect.body }),
    }),
});
