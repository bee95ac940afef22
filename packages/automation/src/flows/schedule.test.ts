import { ConfigurationError } from '@onceover/contract';
import { expect, test } from 'vitest';
import { schedule, scheduleDue } from './schedule.ts';

test.each(['Europe/Berlin', 'UTC', 'America/Argentina/Buenos_Aires', 'Etc/GMT+5', 'Asia/Kolkata'])(
  'schedule: %s is a zone',
  (zone) => {
    expect(schedule(zone, '0 7 * * *')).toEqual({ kind: 'schedule', zone, cron: '0 7 * * *' });
  },
);

test.each(['', 'Berlin', 'Europe/Berlinn', '+01:00', '-05:00', 'CEST', 'Europe/Berlin '])(
  'schedule: %j is no zone',
  (zone) => {
    expect(() => schedule(zone, '0 7 * * *')).toThrow(ConfigurationError);
    expect(() => schedule(zone, '0 7 * * *')).toThrow(/IANA time zone/);
  },
);

test.each([
  '* * * * *',
  '0 7 * * 1-5',
  '*/15 2 * * *',
  '0,30 8-18/2 1,15 1-6 *',
  '59 23 31 12 7',
  '0 0 1 JAN *',
  '0 0 * feb-apr mon,WED',
  ' 0  7 * * * ',
])('schedule: "%s" is a cron expression', (cron) => {
  expect(schedule('UTC', cron).cron).toBe(cron);
});

test.each([
  ['', 'it has 1 fields'],
  ['* * * *', 'it has 4 fields'],
  ['0 0 7 * * *', 'it has 6 fields'],
  ['60 * * * *', '"60" is no minute'],
  ['* 24 * * *', '"24" is no hour'],
  ['* * 0 * *', '"0" is no day of month'],
  ['* * 32 * *', '"32" is no day of month'],
  ['* * * 13 *', '"13" is no month'],
  ['* * * * 8', '"8" is no day of week'],
  ['5-1 * * * *', '"5-1" is no minute'],
  ['1-2-3 * * * *', '"1-2-3" is no minute'],
  ['*/0 * * * *', '"*/0" is no minute'],
  ['*/ * * * *', '"*/" is no minute'],
  ['1,,2 * * * *', '"" is no minute'],
  ['-1 * * * *', '"-1" is no minute'],
  ['x * * * *', '"x" is no minute'],
  ['* * * MON *', '"MON" is no month'],
  ['@daily', 'it has 1 fields'],
])('schedule: "%s" is refused: %s', (cron, problem) => {
  expect(() => schedule('UTC', cron)).toThrow(problem);
});

test('scheduleDue: is the event of every schedule', () => {
  expect(scheduleDue.type).toBe('schedule.due.v1');
});
