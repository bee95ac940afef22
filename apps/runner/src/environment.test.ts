import { expect, test } from 'vitest';
import { readEnvironment, requireProductionSettings } from './environment.ts';

const complete = {
  ONCEOVER_MODE: 'production',
  ONCEOVER_API_KEY: 'k'.repeat(32),
  ONCEOVER_KEYRING: 'keyring.json',
  ONCEOVER_DATABASE_URL: 'postgres://runner@db/onceover',
  ONCEOVER_DATABASE_OWNER_URL: 'postgres://owner@db/onceover',
  ONCEOVER_PUBLIC_URL: 'https://hooks.example.com/',
};

test('environment: defaults are those of a laptop', () => {
  expect(readEnvironment({}, '/srv')).toMatchObject({
    mode: 'development',
    host: '127.0.0.1',
    port: 4400,
    dataDir: '/srv/.onceover',
    url: 'http://127.0.0.1:4400',
  });
});

test('environment: an invalid value names the variable and never shows it', () => {
  expect(() => readEnvironment({ ONCEOVER_API_KEY: 'short-secret' }, '/srv')).toThrow(
    /ONCEOVER_API_KEY is not valid: must have at least 32/,
  );
  expect(() => readEnvironment({ ONCEOVER_API_KEY: 'short-secret' }, '/srv')).not.toThrow(/short-secret/);
  expect(() => readEnvironment({ ONCEOVER_PORT: '99999' }, '/srv')).toThrow(/ONCEOVER_PORT/);
});

test('production: every missing setting is named at once', () => {
  const environment = readEnvironment({ ONCEOVER_MODE: 'production' }, '/srv');
  expect(() => requireProductionSettings(environment)).toThrow(
    /ONCEOVER_API_KEY[^]*ONCEOVER_KEYRING[^]*ONCEOVER_DATABASE_URL[^]*ONCEOVER_DATABASE_OWNER_URL[^]*ONCEOVER_PUBLIC_URL/,
  );
});

test('production: complete settings are accepted', () => {
  expect(() => requireProductionSettings(readEnvironment(complete, '/srv'))).not.toThrow();
});

test('environment: the public URL loses its trailing slash', () => {
  expect(readEnvironment(complete, '/srv').publicUrl).toBe('https://hooks.example.com');
});
