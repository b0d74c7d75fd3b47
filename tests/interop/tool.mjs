// The built tool, run as its users run it, and the list of what was checked.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { endAtExit, run } from './lab.mjs';

const [binary] = process.argv.slice(2);
if (!binary || !fs.existsSync(binary)) {
  console.error('usage: run.mjs WSFERRY [gateway] [5] [4]');
  process.exit(2);
}
export const tool = path.resolve(binary);
export const work = fs.mkdtempSync(path.join(os.tmpdir(), 'wsferry-interop-'));
endAtExit(() => fs.rmSync(work, { recursive: true, force: true }));

export const archiveKey = 'interop archive key';
export const planted = {
  email: 'planted-administrator@example.test',
  password: '$2a$10$PlantedHashPlantedHashPuPlantedHashPlantedHashPlanted',
};
export const exit = { done: 0, remote: 1, usage: 2, authentication: 3, connection: 4, data: 5, refused: 6, different: 7, interrupted: 130 };

export let everythingPrinted = '';

// Runs the tool in an empty folder of its own; the token travels in the environment.
export const wsferry = (args, options) => runWith(tool, withoutRetries(args), options);

// Runs a line that the tool has printed for its user to run, as a shell does.
export const runLine = (line, options) => runWith('sh', ['-c', `wsferry() { "$0" "$@"; }; ${line}`, tool], options);

// Most failures are there to be looked at, and no other attempt would be without them.
const withoutRetries = (args) => (['pull', 'push', 'copy'].includes(args[0]) && !args.includes('--retries') ? [...args, '--retries', '0'] : args);

async function runWith(program, args, { token, variables = {}, limitSeconds = 120, keepBytes = false, ...options } = {}) {
  const cwd = fs.mkdtempSync(path.join(work, 'run-'));
  // Of the user's environment nothing that the tool reads.
  const readByTool = /^((STRAPI_TRANSFER|WS_GATEWAY)_.*|WSFERRY_CONFIG|XDG_CONFIG_HOME|(https?|all|no)_proxy)$/i;
  const inherited = Object.entries(process.env).filter(([name]) => !readByTool.test(name));
  const environment = { ...Object.fromEntries(inherited), HOME: work, ...variables };
  if (token) {
    environment.STRAPI_TRANSFER_TOKEN = token;
  }
  const result = await run(program, args, { cwd, env: environment, limitSeconds, ...options });
  everythingPrinted += result.stderr + (keepBytes ? '' : result.stdout);
  return { ...result, cwd };
}

export function assertExit(result, expected) {
  assert.equal(result.status, expected, `exit ${result.status ?? result.signal}, not ${expected}:\n${result.stdout.slice(-2000)}${result.stderr.slice(-4000)}`);
}

// A failed pull leaves nothing, not even a temporary file.
export function assertFailedCleanly(result, expected) {
  assertExit(result, expected);
  assert.deepEqual(fs.readdirSync(result.cwd), [], 'files were left behind');
  assert.notEqual(result.stderr.trim(), '', 'no word about the failure');
}

export async function pull(server, file, ...options) {
  const result = await wsferry(['pull', server.url, '-o', file, '--json', '--verbose', ...options], { token: server.tokens.pull });
  assertExit(result, exit.done);
  return path.join(result.cwd, file);
}

// The tool serves an archive; gives its url, its token and how to end it.
export async function serve(archive, ...options) {
  let child;
  let printed = '';
  const ended = new Promise((resolve) => {
    const start = (started) => {
      child = started;
      child.stdout.on('data', (chunk) => {
        printed += chunk;
        if (/^serving .*\n(.*\n)*?token .*\n/m.test(printed)) {
          resolve(null);
        }
      });
    };
    run(tool, ['serve', archive, ...options], { onStart: start, limitSeconds: 1800 }).then(resolve);
  });
  const early = await ended;
  assert.equal(early, null, `serve ended: ${early?.stderr}`);
  return { url: /^serving (\S+)/m.exec(printed)[1], token: /^token (\S+)/m.exec(printed)[1], stop: () => child.kill('SIGTERM') };
}

// The content digest that the tool prints for a whole archive.
export async function verifiedDigest(file) {
  const result = await wsferry(['verify', '--json', file]);
  assertExit(result, exit.done);
  const { digest } = JSON.parse(result.stdout);
  assert.match(digest, /^[0-9a-f]{64}$/);
  return digest;
}

// --- the list of checks -----------------------------------------------------

export let passed = 0;
export const failures = [];

export async function check(name, body) {
  const began = Date.now();
  try {
    await body();
    passed += 1;
    console.log(`ok      ${name} (${((Date.now() - began) / 1000).toFixed(1)} s)`);
  } catch (error) {
    failures.push(name);
    console.log(`FAILED  ${name}\n${error.stack}`);
  }
}
