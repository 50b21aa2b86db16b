import { expect, test } from 'vitest';
import { parseMoney, showMoney } from '../../src/resources/money.js';

test('money: amounts are exact to a millionth, and what is finer is rounded up', () => {
  expect(parseMoney('5 USD')).toEqual({ micros: 5_000_000, currency: 'USD' });
  expect(parseMoney('0.1EUR')).toEqual({ micros: 100_000, currency: 'EUR' });
  expect(parseMoney('0.0000001 USD')?.micros).toBe(1);
  expect(parseMoney('1.0000000 USD')?.micros).toBe(1_000_000);
});

test.each(['5', 'USD', '-5 USD', '5 usd', '5 $', '1e9 USD', '99999999999 USD', 'NaN USD', '5  USD', ''])(
  'money: %j is none',
  (text) => {
    expect(parseMoney(text)).toBeUndefined();
  },
);

test('money: what is shown can be read again', () => {
  for (const micros of [0, 1, 20_000, 5_000_000, 123_456_789])
    expect(parseMoney(showMoney(micros, 'USD'))).toEqual({ micros, currency: 'USD' });
  expect([showMoney(5_000_000, 'USD'), showMoney(1_200, 'USD')]).toEqual(['5.00 USD', '0.0012 USD']);
});
