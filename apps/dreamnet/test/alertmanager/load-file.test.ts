import { DreamnetError } from '@dreamnet/kit';
import { expect, test } from 'vitest';
import { readAlertmanagerFile } from '../../src/alertmanager/file/load-file.js';

const MINIMAL = 'route:\n  receiver: a\nreceivers:\n- name: a\n';

const read = (text: string) => readAlertmanagerFile('am.yml', text);

function refusalOf(text: string): { code: string; message: string } {
  try {
    read(text);
  } catch (thrown) {
    return DreamnetError.from(thrown);
  }
  return { code: 'accepted', message: '' };
}

test('file: what no route says is as with Alertmanager', () => {
  expect(read(MINIMAL).route).toEqual({
    receiver: 'a',
    groupWaitMs: 30_000,
    groupIntervalMs: 300_000,
    repeatIntervalMs: 14_400_000,
  });
});

test('file: a whole one, old and new spellings together', () => {
  const file = read(`
global: { resolve_timeout: 1m, opsgenie_api_key: unused }
route:
  receiver: a
  group_by: ['...']
  group_wait: 0s
  routes:
  - match: { owner: team-A }
    match_re: { env: "prod.*" }
    matchers: [ severity="critical", 'zone!~"eu-.*"' ]
    receiver: b
    group_interval: 1h30m
    mute_time_intervals: [ nights ]
    active_time_intervals: [ quarter ]
    continue: true
receivers:
- name: a
- name: b
  webhook_configs:
  - url: http://127.0.0.1:9/hook
    send_resolved: false
    max_alerts: 5
    timeout: 3s
    http_config: { authorization: { credentials: tok } }
inhibit_rules:
- name: nodes
  source_match: { alertname: NodeDown }
  target_match_re: { alertname: "Agent.*" }
  equal: [ node ]
mute_time_intervals:
- name: nights
  time_intervals:
  - times: [ { start_time: '22:00', end_time: '24:00' } ]
    weekdays: [ 'monday:friday', sunday ]
time_intervals:
- name: quarter
  time_intervals:
  - { days_of_month: [ '-7:-1', '1:-1' ], months: [ 'january:march', '5' ], years: [ '2026:2030' ], location: Europe/Berlin }
`);
  expect(file.resolveTimeoutMs).toBe(60_000);
  expect(file.route).toMatchObject({ groupBy: ['...'], groupWaitMs: 0 });
  expect(file.route.routes?.[0]).toEqual({
    receiver: 'b',
    matchers: [
      { name: 'owner', value: 'team-A', isRegex: false, isEqual: true },
      { name: 'env', value: '^(?:prod.*)$', isRegex: true, isEqual: true },
      { name: 'severity', value: 'critical', isRegex: false, isEqual: true },
      { name: 'zone', value: 'eu-.*', isRegex: true, isEqual: false },
    ],
    groupIntervalMs: 5_400_000,
    muteTimeIntervals: ['nights'],
    activeTimeIntervals: ['quarter'],
    continues: true,
  });
  expect(file.receivers.b).toEqual([
    {
      kind: 'webhook',
      options: {
        url: 'http://127.0.0.1:9/hook',
        sendsResolved: false,
        maxAlerts: 5,
        timeoutMs: 3000,
        access: { followsRedirects: true, authorization: { credentials: 'tok' } },
      },
    },
  ]);
  expect(file.receivers.a).toEqual([]);
  expect(file.inhibitRules[0]).toMatchObject({
    name: 'nodes',
    sources: [[{ name: 'alertname', value: 'NodeDown' }]],
    targets: [{ name: 'alertname', value: '^(?:Agent.*)$', isRegex: true }],
    equal: ['node'],
  });
  expect(file.timeIntervals).toEqual({
    nights: [
      {
        times: [{ start: 1320, end: 1440 }],
        weekdays: [
          { begin: 1, end: 5 },
          { begin: 0, end: 0 },
        ],
      },
    ],
    quarter: [
      {
        daysOfMonth: [
          { begin: -7, end: -1 },
          { begin: 1, end: -1 },
        ],
        months: [
          { begin: 1, end: 3 },
          { begin: 5, end: 5 },
        ],
        years: [{ begin: 2026, end: 2030 }],
        location: 'Europe/Berlin',
      },
    ],
  });
});

test('file: values stay the texts they are written as', () => {
  const file = read(
    `${MINIMAL}`.replace('receiver: a\n', 'receiver: a\n  routes:\n  - match: { version: 1.0, on: yes }\n'),
  );
  expect(file.route.routes?.[0]?.matchers?.map(({ value }) => value)).toEqual(['1.0', 'yes']);
});

test('file: receivers fall back to what is global', () => {
  const file = read(`
global:
  slack_api_url: https://hooks.example/T
  smtp_from: me@example.org
  smtp_smarthost: mail.example.org:587
  smtp_auth_username: u
  smtp_auth_password: p
  smtp_require_tls: no
  pagerduty_url: https://events.example/v2
  http_config: { follow_redirects: false }
route: { receiver: a }
receivers:
- name: a
  slack_configs: [ { channel: '#ops', title: '{{ template "slack.default.title" . }}' } ]
  email_configs: [ { to: you@example.org } ]
  pagerduty_configs: [ { routing_key_file: key } ]
`);
  expect(file.receivers.a).toMatchObject([
    {
      kind: 'email',
      options: {
        from: 'me@example.org',
        smarthost: 'mail.example.org:587',
        auth: { username: 'u', password: 'p' },
        requiresTls: false,
        hello: 'localhost',
        sendsResolved: false,
      },
    },
    {
      kind: 'pagerduty',
      options: { url: 'https://events.example/v2', severity: 'error', sendsResolved: true },
    },
    {
      kind: 'slack',
      options: { url: 'https://hooks.example/T', channel: '#ops', access: { followsRedirects: false } },
    },
  ]);
  expect(file.receivers.a?.[2]?.options).not.toHaveProperty('title');
});

test('file: what is shown of it holds no secret and no comment', () => {
  const { shownText } = read(`
global: { slack_api_url: https://hooks.example/s3cret } # s3cret
# s3cret
route: { receiver: a }
receivers:
- name: a
  webhook_configs:
  - url: http://u:s3cret@127.0.0.1:9/s3cret?x=s3cret
    http_config: { basic_auth: { username: u, password: s3cret }, http_headers: { X-Key: { values: [ s3cret ] } } }
  - url: http://127.0.0.1:9
  email_configs: [ { to: a@b.c, from: a@b.c, smarthost: 'm:25', auth_username: u, auth_password: s3cret } ]
  pagerduty_configs: [ { routing_key: s3cret } ]
`);
  expect(shownText).not.toContain('s3cret');
  expect(shownText).toContain('url: http://127.0.0.1:9\n');
  expect(shownText).toContain('http://127.0.0.1:9/<secret>');
});

const withReceiver = (lines: string) => `route: { receiver: a }\nreceivers:\n- name: a\n  ${lines}\n`;

const REFUSED: readonly (readonly [what: string, text: string, code: string, says: string])[] = [
  ['no route', 'receivers:\n- name: a\n', 'WRONG_VALUE', 'no route'],
  ['a root without receiver', 'route: {}\nreceivers: []\n', 'WRONG_VALUE', 'needs a receiver'],
  [
    'a root with matchers',
    'route: { receiver: a, match: { a: b } }\nreceivers: [ { name: a } ]',
    'WRONG_VALUE',
    'no matchers',
  ],
  [
    'an unknown receiver',
    'route:\n  receiver: b\nreceivers: [ { name: a } ]',
    'UNDEFINED',
    "am.yml:2:13: the receiver 'b'",
  ],
  ['a receiver twice', `${MINIMAL}- name: a\n`, 'DUPLICATE', "am.yml:5:9: the receiver 'a'"],
  ['a receiver without name', `${MINIMAL}- webhook_configs: []\n`, 'WRONG_VALUE', 'needs a name'],
  ['an unknown key', 'rout:\n  receiver: a\n', 'UNKNOWN_KEY', "am.yml:1:1: unknown key 'rout'"],
  [
    'an unknown key below',
    withReceiver('webhook_configs: [ { uri: x } ]'),
    'UNKNOWN_KEY',
    "'uri'; known here: send_resolved",
  ],
  [
    'templates',
    `templates: [ '*.tmpl' ]\n${MINIMAL}`,
    'NOT_SUPPORTED',
    "am.yml:1:1: 'templates' is not supported",
  ],
  [
    'a receiver we do not speak to',
    withReceiver('opsgenie_configs: [ { api_key: x } ]'),
    'NOT_SUPPORTED',
    "'receivers[0].opsgenie_configs'",
  ],
  [
    'a template in a text',
    withReceiver("slack_configs: [ { api_url: 'http://x/y', title: '{{ .Status }}' } ]"),
    'NOT_SUPPORTED',
    'a template',
  ],
  [
    'a proxy',
    withReceiver("webhook_configs: [ { url: 'http://x', http_config: { proxy_url: 'http://p' } } ]"),
    'NOT_SUPPORTED',
    'proxy_url',
  ],
  [
    'a webhook without address',
    withReceiver('webhook_configs: [ { max_alerts: 1 } ]'),
    'WRONG_VALUE',
    'needs url or url_file',
  ],
  [
    'a wrong address',
    withReceiver('webhook_configs: [ { url: ftp://x } ]'),
    'WRONG_VALUE',
    'not an http or https address',
  ],
  ['a masked address', withReceiver("webhook_configs: [ { url: '<secret>' } ]"), 'WRONG_VALUE', 'is masked'],
  [
    'a wrong duration',
    'route: { receiver: a, group_wait: 5x }\nreceivers: [ { name: a } ]',
    'WRONG_VALUE',
    "'5x' is not a duration",
  ],
  [
    'units in the wrong order',
    'route: { receiver: a, group_wait: 5m1h }\nreceivers: [ { name: a } ]',
    'WRONG_VALUE',
    'not a duration',
  ],
  [
    'a group_interval of zero',
    'route: { receiver: a, group_interval: 0s }\nreceivers: [ { name: a } ]',
    'WRONG_VALUE',
    'cannot be zero',
  ],
  [
    'a label twice in group_by',
    'route: { receiver: a, group_by: [ x, x ] }\nreceivers: [ { name: a } ]',
    'WRONG_VALUE',
    'there twice',
  ],
  [
    "'...' with others",
    "route: { receiver: a, group_by: [ x, '...' ] }\nreceivers: [ { name: a } ]",
    'WRONG_VALUE',
    'stands alone',
  ],
  [
    'a wrong matcher',
    'route: { receiver: a, routes: [ { matchers: [ "a" ] } ] }\nreceivers: [ { name: a } ]',
    'WRONG_VALUE',
    'route.routes[0].matchers[0]',
  ],
  [
    'a wrong expression',
    'route: { receiver: a, routes: [ { match_re: { a: "(" } } ] }\nreceivers: [ { name: a } ]',
    'WRONG_VALUE',
    'route.routes[0].match_re.a',
  ],
  [
    'an unknown interval',
    'route: { receiver: a, routes: [ { mute_time_intervals: [ n ] } ] }\nreceivers: [ { name: a } ]',
    'UNDEFINED',
    "time interval 'n'",
  ],
  [
    'a muted root',
    'route: { receiver: a, mute_time_intervals: [ n ] }\nreceivers: [ { name: a } ]',
    'WRONG_VALUE',
    'cannot be muted',
  ],
  [
    'an interval twice',
    `${MINIMAL}time_intervals: [ { name: n } ]\nmute_time_intervals: [ { name: n } ]`,
    'DUPLICATE',
    "time interval 'n'",
  ],
];

for (const [what, text, code, says] of REFUSED)
  test(`file: ${what} is refused with its place`, () => {
    const error = refusalOf(text);
    expect(error.code).toBe(`DN_ALERTMANAGER_${code}`);
    expect(error.message).toMatch(/^am\.yml:\d+:\d+: /);
    expect(error.message).toContain(says);
  });

const interval = (lines: string) =>
  `${MINIMAL}time_intervals: [ { name: n, time_intervals: [ { ${lines} } ] } ]`;

for (const [lines, says] of [
  ["times: [ { start_time: '00:00', end_time: '99:99' } ]", 'not a time of day'],
  ["times: [ { start_time: '09:00', end_time: '09:00' } ]", 'start_time must be before'],
  ["times: [ { start_time: '09:00' } ]", 'needs both'],
  ["weekdays: [ 'friday:monday' ]", 'its end is before'],
  ["weekdays: [ '1:3' ]", "'1' is not a weekday"],
  ["days_of_month: [ '1:50' ]", "'50' is not a day"],
  ["days_of_month: [ '0' ]", "'0' is not a day"],
  ["days_of_month: [ '-15:5' ]", 'must be negative'],
  ["days_of_month: [ '-1:-5' ]", 'its end is before'],
  ["months: [ 'march:junius' ]", "'junius' is not a month"],
  ["months: [ 'december:january' ]", 'its end is before'],
  ["years: [ '2022:2020' ]", 'its end is before'],
  ['location: Europe/Atlantis', 'not a time zone'],
] as const)
  test(`file: the interval ${lines} is refused`, () => {
    expect(refusalOf(interval(lines))).toMatchObject({
      code: 'DN_ALERTMANAGER_WRONG_VALUE',
      message: expect.stringContaining(says),
    });
  });

test('file: a mail needs someone to send it', () => {
  const mail = (more: string) => refusalOf(withReceiver(`email_configs: [ { to: a@b.c${more} } ]`));
  expect(mail('').message).toContain('needs an address in from');
  expect(mail(', from: a@b.c').message).toContain('needs smarthost');
  expect(mail(", from: a@b.c, smarthost: 'm:25', auth_username: u").message).toContain('needs auth_password');
  expect(mail(", from: a@b.c, smarthost: 'm:25'").code).toBe('accepted');
});

test.each(['h', 'h:', 'h:0', 'h:65536', 'h:smtp', '[::1]', '::1:25', '[h:25'])(
  'file: the mail server %s is refused with its place',
  (server) => {
    const lines = `email_configs: [ { to: a@b.c, from: a@b.c, smarthost: '${server}' } ]`;
    expect(refusalOf(withReceiver(lines))).toMatchObject({
      code: 'DN_ALERTMANAGER_WRONG_VALUE',
      message: expect.stringMatching(/am\.yml:\d+:\d+: .*email_configs\[0\]\.smarthost.* is not host:port/),
    });
    expect(refusalOf(`global: { smtp_smarthost: '${server}' }\n${MINIMAL}`)).toMatchObject({
      code: 'DN_ALERTMANAGER_WRONG_VALUE',
      message: expect.stringMatching(/am\.yml:1:\d+: .*global\.smtp_smarthost.* is not host:port/),
    });
  },
);

test.each(['m:25', '[::1]:587'])('file: the mail server %s is taken', (server) => {
  const lines = `email_configs: [ { to: a@b.c, from: a@b.c, smarthost: '${server}' } ]`;
  expect(refusalOf(withReceiver(lines)).code).toBe('accepted');
});

test('file: a file that is not there is named', () => {
  expect(() => readAlertmanagerFile('am.yml', '')).toThrow('there is no route');
});
