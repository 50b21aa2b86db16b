import { resolve } from 'node:path';
import { fileSecret, type HttpAccess, type Secret } from '@dreamnet/adapters';
import { mapOf, type Reading, refuse, type Spot, section } from './reading.js';
import { flag, text } from './values.js';

/** Where relative paths in the file start from. */
export function pathIn({ source }: Spot, path: string): string {
  return resolve(source.file, '..', path);
}

/** A secret that is written out or stands in a file, never both. */
export function secretOf(
  spot: Spot,
  keys: readonly [value: string, file: string],
  [value, file]: readonly [string | undefined, string | undefined],
): Secret | undefined {
  const isWritten = value !== undefined && value !== '';
  const isInFile = file !== undefined && file !== '';
  if (isWritten && isInFile) return refuse(spot, `takes ${keys[0]} or ${keys[1]}, not both`);
  if (value === '<secret>') return refuse(spot, `its ${keys[0]} is masked; write the real one`);
  return isInFile ? fileSecret(pathIn(spot, file)) : isWritten ? value : undefined;
}

const readBasicAuth = section(
  { username: text, password: text, password_file: text },
  {
    username_file: 'write the name as username',
    username_ref: 'write the name as username',
    password_ref: 'use password_file',
  },
);

const basicAuth: Reading<NonNullable<HttpAccess['basicAuth']>> = (spot) => {
  const read = readBasicAuth(spot);
  if (!read) return undefined;
  const password = secretOf(spot, ['password', 'password_file'], [read.password, read.password_file]);
  return { username: read.username ?? '', password: password ?? '' };
};

const readAuthorization = section(
  { type: text, credentials: text, credentials_file: text },
  { credentials_ref: 'use credentials_file' },
);

const authorization: Reading<NonNullable<HttpAccess['authorization']>> = (spot) => {
  const read = readAuthorization(spot);
  if (!read) return undefined;
  if (read.type?.toLowerCase() === 'basic') return refuse(spot, 'type Basic is written as basic_auth');
  const credentials = secretOf(
    spot,
    ['credentials', 'credentials_file'],
    [read.credentials, read.credentials_file],
  );
  return { ...(read.type && { type: read.type }), credentials: credentials ?? '' };
};

const readTls = section(
  { ca_file: text, cert_file: text, key_file: text, server_name: text, insecure_skip_verify: flag },
  {
    ca: 'use ca_file',
    cert: 'use cert_file',
    key: 'use key_file',
    ca_ref: 'use ca_file',
    cert_ref: 'use cert_file',
    key_ref: 'use key_file',
    min_version: 'Node.js decides: TLS 1.2 at least',
    max_version: 'Node.js decides: TLS 1.3',
  },
);

/** `tls_config:` */
export const tlsConfig: Reading<NonNullable<HttpAccess['tls']>> = (spot) => {
  const read = readTls(spot);
  if (!read) return undefined;
  if ((read.cert_file ?? '') !== '' && (read.key_file ?? '') === '')
    return refuse(spot, 'cert_file needs key_file');
  return {
    ...(read.ca_file && { caFile: pathIn(spot, read.ca_file) }),
    ...(read.cert_file && { certFile: pathIn(spot, read.cert_file) }),
    ...(read.key_file && { keyFile: pathIn(spot, read.key_file) }),
    ...(read.server_name && { serverName: read.server_name }),
    ...(read.insecure_skip_verify === true && { isVerified: false }),
  };
};

const headerValues = section(
  {
    values: (spot: Spot) =>
      Array.isArray(spot.value) ? spot.value.map(String) : refuse(spot, 'expected a list'),
  },
  { secrets: 'use authorization', files: 'use authorization with credentials_file' },
);

const readHttp = section(
  {
    basic_auth: basicAuth,
    authorization,
    bearer_token: text,
    bearer_token_file: text,
    tls_config: tlsConfig,
    follow_redirects: flag,
    // We speak HTTP/1.1 whatever it says; every receiver does.
    enable_http2: flag,
    http_headers: mapOf(headerValues),
  },
  {
    proxy_url: 'the receiver must be reachable without a proxy',
    proxy_from_environment: 'the receiver must be reachable without a proxy',
    proxy_connect_header: 'the receiver must be reachable without a proxy',
    no_proxy: 'the receiver must be reachable without a proxy',
    oauth2: 'use authorization with credentials_file and renew the file',
  },
);

/** `http_config:`; Alertmanager follows redirects unless it is told not to. */
export const httpConfig: Reading<HttpAccess> = (spot) => {
  const read = readHttp(spot);
  if (!read) return undefined;
  const bearer = secretOf(
    spot,
    ['bearer_token', 'bearer_token_file'],
    [read.bearer_token, read.bearer_token_file],
  );
  const ways = [read.basic_auth, read.authorization, bearer].filter((way) => way !== undefined);
  if (ways.length > 1) return refuse(spot, 'takes one of basic_auth, authorization and bearer_token');
  const headers = Object.entries(read.http_headers ?? {}).map(
    ([name, { values = [] }]) => [name, values.join(', ')] as const,
  );
  return {
    followsRedirects: read.follow_redirects ?? true,
    ...(read.basic_auth && { basicAuth: read.basic_auth }),
    ...(read.authorization && { authorization: read.authorization }),
    ...(bearer !== undefined && { authorization: { credentials: bearer } }),
    ...(read.tls_config && { tls: read.tls_config }),
    ...(headers.length > 0 && { headers: Object.fromEntries(headers) }),
  };
};

/** What counts where nothing is written. */
export const DEFAULT_ACCESS: HttpAccess = { followsRedirects: true };
