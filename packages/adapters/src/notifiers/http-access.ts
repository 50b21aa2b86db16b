import { readFile } from 'node:fs/promises';
import type { RequestOptions } from 'node:https';
import { revealSecret, type Secret } from './secret.js';

/** How to get in where a receiver listens: its credentials and the certificates to trust. */
export interface HttpAccess {
  /** Sent with each request. Never shown. */
  headers?: Readonly<Record<string, Secret>>;
  basicAuth?: { username: string; password: Secret };
  /** The `authorization` header; `type` default `Bearer`. */
  authorization?: { type?: string; credentials: Secret };
  /** Is a 307 or 308 followed with the same body? Other redirects never are: they would drop it. Default false. */
  followsRedirects?: boolean;
  tls?: {
    /** PEM files, read at each new connection's first use. */
    caFile?: string;
    certFile?: string;
    keyFile?: string;
    serverName?: string;
    /** Default true. */
    isVerified?: boolean;
  };
}

/** What a request needs of it, and what must not be shown of that. */
export interface RevealedAccess {
  headers: Record<string, string>;
  tls: Pick<RequestOptions, 'ca' | 'cert' | 'key' | 'servername' | 'rejectUnauthorized'>;
  secrets: readonly string[];
}

/** Reads secrets and files as they are now. @throws Whatever reading a file throws. */
export async function revealAccess(access: HttpAccess): Promise<RevealedAccess> {
  const headers: Record<string, string> = {};
  const secrets: string[] = [];
  for (const [name, secret] of Object.entries(access.headers ?? {})) {
    headers[name.toLowerCase()] = await revealSecret(secret);
    secrets.push(headers[name.toLowerCase()] ?? '');
  }
  if (access.basicAuth) {
    const password = await revealSecret(access.basicAuth.password);
    const pair = Buffer.from(`${access.basicAuth.username}:${password}`).toString('base64');
    headers.authorization = `Basic ${pair}`;
    secrets.push(password, pair);
  }
  if (access.authorization) {
    const credentials = await revealSecret(access.authorization.credentials);
    headers.authorization = `${access.authorization.type ?? 'Bearer'} ${credentials}`;
    secrets.push(credentials);
  }
  return { headers, secrets, tls: await revealTls(access.tls) };
}

/** Reads the certificates as they are now. @throws Whatever reading a file throws. */
export async function revealTls(tls: HttpAccess['tls']): Promise<RevealedAccess['tls']> {
  if (!tls) return {};
  return {
    ...(tls.caFile !== undefined && { ca: await readFile(tls.caFile) }),
    ...(tls.certFile !== undefined && { cert: await readFile(tls.certFile) }),
    ...(tls.keyFile !== undefined && { key: await readFile(tls.keyFile) }),
    ...(tls.serverName !== undefined && { servername: tls.serverName }),
    ...(tls.isVerified === false && { rejectUnauthorized: false }),
  };
}
