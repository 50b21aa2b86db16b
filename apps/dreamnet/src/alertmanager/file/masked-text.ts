import { isMap, isPair, isScalar, parseDocument, visit } from 'yaml';

const MASK = '<secret>';

/** Keys whose value is a secret wherever they stand. */
const SECRET_KEYS: readonly string[] = [
  'auth_password',
  'auth_secret',
  'smtp_auth_password',
  'smtp_auth_secret',
  'slack_api_url',
  'api_url',
  'routing_key',
  'service_key',
  'password',
  'credentials',
  'bearer_token',
  'opsgenie_api_key',
  'victorops_api_key',
  'rocketchat_token',
  'rocketchat_token_id',
  'telegram_bot_token',
  'wechat_api_secret',
  'mattermost_webhook_url',
];

/** The file as it may be shown: without comments, which may say anything, and with `<secret>` in place of each secret. */
export function maskedText(text: string): string {
  const document = parseDocument(text, { schema: 'failsafe', logLevel: 'error' });
  document.comment = null;
  document.commentBefore = null;
  visit(document, {
    Node: (_key, node) => {
      node.comment = null;
      node.commentBefore = null;
    },
    Pair: (_key, { key, value }) => {
      const name = isScalar(key) ? String(key.value) : '';
      if (isScalar(value) && SECRET_KEYS.includes(name) && value.value !== '') value.value = MASK;
      if (isScalar(value) && name === 'url') value.value = maskedUrl(String(value.value));
      if (isMap(value) && name === 'http_headers') maskAll(value);
    },
  });
  return document.toString({ lineWidth: 0 });
}

/** What is behind the origin may be a token; a receiver without anything behind it can be shown. */
function maskedUrl(text: string): string {
  if (!URL.canParse(text)) return MASK;
  const url = new URL(text);
  const isBare = url.username === '' && url.password === '' && url.pathname === '/' && url.search === '';
  return isBare ? text : `${url.protocol}//${url.host}/${MASK}`;
}

function maskAll(node: Parameters<typeof visit>[0]): void {
  visit(node, {
    Scalar: (key, scalar) => {
      if (key === 'key') return;
      scalar.value = MASK;
    },
    Pair: (_key, pair) => (isPair(pair) ? undefined : visit.SKIP),
  });
}
