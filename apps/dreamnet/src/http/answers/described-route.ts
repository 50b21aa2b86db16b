import type { z } from 'zod';

/** What a route answers, for the description of the interface; nothing is checked by it while the daemon runs. */
export interface DescribedRoute {
  /** By status; null for an answer without a body. */
  answers: Readonly<Record<number, { description: string; schema: z.ZodType | null }>>;
  /** Of a route that says these things nowhere else. */
  summary?: string;
  tag?: string;
  body?: z.ZodType;
  query?: Readonly<Record<string, string>>;
  /** What the body is, where it is no JSON. Default `application/json`. */
  type?: string;
}

/** By method and path, as `GET /api/alerts/:id`. */
export type DescribedRoutes = Readonly<Record<string, DescribedRoute>>;
