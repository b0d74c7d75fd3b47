// wsferry against real Strapi servers and Strapi's own client.
//
//   node run.mjs WSFERRY [5] [4]      WSFERRY is the built tool; 5 and 4 choose the servers
//
// WSFERRY_LAB5 and WSFERRY_LAB4 name folders with an installed lab; without them Strapi is installed
// below build/ of the repository. Ends with a line `N passed, N failed`.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { digests, everyFile, readExport } from './export_contents.mjs';
import { openGate } from './gate.mjs';
import { Lab, run } from './lab.mjs';

const repository = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..');
const [binary, ...chosen] = process.argv.slice(2);
if (!binary || !fs.existsSync(binary)) {
  console.error('usage: run.mjs WSFERRY [5] [4]');
  process.exit(2);
}
const tool = path.resolve(binary);
const work = fs.mkdtempSync(path.join(os.tmpdir(), 'wsferry-interop-'));

const archiveKey = 'interop archive key';
const planted = {
  email: 'planted-administrator@example.test',
  password: '$2a$10$PlantedHashPlantedHashPuPlantedHashPlantedHashPlanted',
};
const exit = { done: 0, usage: 2, authentication: 3, connection: 4, refused: 6, interrupted: 130 };

// --- the tool -------------------------------------------------------------

let everythingPrinted = '';

// Runs the tool in an empty folder of its own; the token travels in the environment.
async function wsferry(args, { token, onStart, limitSeconds = 120, keepBytes = false } = {}) {
  const cwd = fs.mkdtempSync(path.join(work, 'run-'));
  const environment = { ...process.env };
  delete environment.STRAPI_TRANSFER_TOKEN;
  delete environment.STRAPI_TRANSFER_URL;
  if (token) {
    environment.STRAPI_TRANSFER_TOKEN = token;
  }
  const result = await run(tool, args, { cwd, env: environment, onStart, limitSeconds });
  everythingPrinted += result.stderr + (keepBytes ? '' : result.stdout);
  return { ...result, cwd };
}

function assertExit(result, expected) {
  assert.equal(result.status, expected, `exit ${result.status ?? result.signal}, not ${expected}:\n${result.stdout.slice(-2000)}${result.stderr.slice(-4000)}`);
}

// A failed pull leaves nothing, not even a temporary file.
function assertFailedCleanly(result, expected) {
  assertExit(result, expected);
  assert.deepEqual(fs.readdirSync(result.cwd), [], 'files were left behind');
  assert.notEqual(result.stderr.trim(), '', 'no word about the failure');
}

async function pull(server, file, ...options) {
  const result = await wsferry(['pull', server.url, '-o', file, '--json', '--verbose', ...options], { token: server.tokens.pull });
  assertExit(result, exit.done);
  return path.join(result.cwd, file);
}

// The content digest that the tool prints for a whole archive.
async function verifiedDigest(file) {
  const result = await wsferry(['verify', '--json', file]);
  assertExit(result, exit.done);
  const { digest } = JSON.parse(result.stdout);
  assert.match(digest, /^[0-9a-f]{64}$/);
  return digest;
}

// --- the list of checks -----------------------------------------------------

let passed = 0;
const failures = [];

async function check(name, body) {
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

// --- what both majors do ------------------------------------------------------

async function checkFullPull(lab, server, at) {
  let contents;
  await check(`${at}: pull and the official import give an equal server`, async () => {
    const file = await pull(server, 'full.tar.gz');
    contents = readExport(file);
    await lab.create('copy');
    assert.equal((await lab.compare('src', 'copy')).same, false, 'an empty server counts as equal');
    await lab.import('copy', file);
    const comparison = await lab.compare('src', 'copy');
    assert.ok(comparison.same, comparison.text);
    assertExit(await wsferry(['verify', file]), exit.done);
    assertExit(await wsferry(['inspect', file]), exit.done);
  });
  if (!contents) {
    throw new Error(`${at}: without a full pull the other checks have nothing to compare with`);
  }
  await check(`${at}: no administrator, no token, no admin type in the archive`, async () => {
    assert.ok(contents.entities.length > 100 && contents.links.length > 100 && Object.keys(contents.assets).length > 10);
    for (const { path: file, bytes } of everyFile(contents.dir)) {
      for (const secret of [planted.email, planted.password, ...Object.values(server.tokens)]) {
        assert.ok(!bytes.includes(secret), `${file} holds ${secret}`);
      }
    }
    for (const line of contents.entities) {
      assert.ok(!JSON.parse(line).type.startsWith('admin::'), line);
    }
    for (const line of contents.links) {
      const { left, right } = JSON.parse(line);
      assert.ok(!left.type.startsWith('admin::') && !right.type.startsWith('admin::'), line);
    }
  });
  return contents;
}

async function checkEncrypted(lab, server, contents, at) {
  await check(`${at}: an encrypted archive is imported with its key`, async () => {
    const file = await pull(server, 'full.tar.gz.enc', '--encrypt', '--key', archiveKey);
    assert.deepEqual(digests(readExport(file, archiveKey)), digests(contents));
    await lab.create('copy-encrypted');
    await lab.import('copy-encrypted', file, '--key', archiveKey);
    const comparison = await lab.compare('src', 'copy-encrypted');
    assert.ok(comparison.same, comparison.text);
    assertExit(await wsferry(['verify', file, '--key', archiveKey]), exit.done);
    assert.notEqual((await wsferry(['verify', file, '--key', 'wrong'])).status, exit.done);
  });
}

async function checkRefusals(lab, server, at) {
  const refused = async (token) => wsferry(['pull', server.url, '-o', 'x.tar.gz', '--verbose'], { token });
  await check(`${at}: a wrong token ends with ${exit.authentication}`, async () => {
    assertFailedCleanly(await refused('not-a-token-of-this-server'), exit.authentication);
  });
  await check(`${at}: a push-only token ends with ${exit.authentication}`, async () => {
    assertFailedCleanly(await refused(server.tokens.push), exit.authentication);
  });
}

// --- Strapi 5 -------------------------------------------------------------------

async function checkFormats(lab, server, contents) {
  await check('Strapi 5: a directory is imported and equals the tar', async () => {
    const folder = await pull(server, 'full', '--format', 'dir');
    assert.deepEqual(digests(readExport(folder)), digests(contents));
    await lab.create('copy-directory');
    await lab.import('copy-directory', folder);
    const comparison = await lab.compare('src', 'copy-directory');
    assert.ok(comparison.same, comparison.text);
  });
  await check('Strapi 5: an uncompressed archive on standard output equals the file', async () => {
    const result = await wsferry(['pull', server.url, '-o', '-', '--no-compress'], { token: server.tokens.pull, keepBytes: true });
    assertExit(result, exit.done);
    const file = path.join(result.cwd, 'stdout.tar');
    fs.writeFileSync(file, result.bytes);
    assert.deepEqual(digests(readExport(file)), digests(contents));
  });
}

async function checkSelections(server, contents) {
  const all = digests(contents);
  const stagesOf = { content: ['entities', 'links'], files: ['assets'], config: ['configuration'] };
  for (const [group, stages] of Object.entries(stagesOf)) {
    await check(`Strapi 5: --only ${group} takes ${stages.join(' and ')} and nothing else`, async () => {
      const part = digests(readExport(await pull(server, 'part.tar.gz', '--only', group)));
      for (const stage of ['entities', 'links', 'assets', 'configuration']) {
        if (stages.includes(stage)) {
          assert.equal(part[stage], all[stage], stage);
        } else {
          assert.match(part[stage], /^0 /, stage);
        }
      }
    });
  }
}

async function checkSwitchedOff(lab) {
  await check(`Strapi 5: transfer switched off ends with ${exit.connection}`, async () => {
    const off = await lab.start('off', '--no-transfer');
    assertFailedCleanly(await wsferry(['pull', off.url, '-o', 'x.tar.gz'], { token: off.tokens.pull }), exit.connection);
    await lab.stop('off');
  });
}

async function checkExistingFile(server) {
  await check(`Strapi 5: an existing file is kept, ${exit.refused}`, async () => {
    const existing = path.join(work, 'existing.tar.gz');
    fs.writeFileSync(existing, 'mine');
    assertExit(await wsferry(['pull', server.url, '-o', existing], { token: server.tokens.pull }), exit.refused);
    assert.equal(fs.readFileSync(existing, 'utf8'), 'mine');
  });
}

// Pulls through a gate that stops in the middle, where `strike` does its harm.
async function pullStruck(server, strike, ...options) {
  const gate = await openGate(server.port, 400_000);
  let child;
  const ended = wsferry(['pull', gate.url, '-o', 'x.tar.gz', ...options], { token: server.tokens.pull, onStart: (started) => (child = started) });
  const first = await Promise.race([gate.reached.then(() => 'middle'), ended.then(() => 'end')]);
  try {
    assert.equal(first, 'middle', `the pull ended before its middle:\n${(await Promise.race([ended, { stderr: '' }])).stderr}`);
    await strike(child);
    gate.release();
    return await ended;
  } finally {
    gate.close();
    await ended;
  }
}

async function checkFaults(server) {
  await check(`Strapi 5: an interrupt ends with ${exit.interrupted} and leaves nothing`, async () => {
    assertFailedCleanly(await pullStruck(server, (child) => child.kill('SIGINT')), exit.interrupted);
  });
  await check(`Strapi 5: a server that is frozen is noticed, ${exit.connection}`, async () => {
    const began = Date.now();
    const result = await pullStruck(server, () => process.kill(server.pid, 'SIGSTOP'), '--ping-interval', '1').finally(() => process.kill(server.pid, 'SIGCONT'));
    assertFailedCleanly(result, exit.connection);
    assert.ok(Date.now() - began < 60_000, 'it took over a minute');
  });
  await check(`Strapi 5: a server that is killed ends with ${exit.connection}`, async () => {
    assertFailedCleanly(await pullStruck(server, () => process.kill(server.pid, 'SIGKILL')), exit.connection);
  });
}

// The tool serves an archive; gives its url, its token and how to end it.
async function serve(archive) {
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
    run(tool, ['serve', archive], { onStart: start, limitSeconds: 600 }).then(resolve);
  });
  const early = await ended;
  assert.equal(early, null, `serve ended: ${early?.stderr}`);
  return { url: /^serving (\S+)/m.exec(printed)[1], token: /^token (\S+)/m.exec(printed)[1], stop: () => child.kill('SIGTERM') };
}

async function checkServe(lab, contents, archive) {
  await check("Strapi 5: Strapi's own client pulls the same from `wsferry serve`", async () => {
    const server = await serve(archive);
    try {
      const file = path.join(work, 'official.tar.gz');
      const result = await lab.officialPull(server.url, file, server.token);
      assert.ok(result.ok, JSON.stringify(result));
      assert.deepEqual(digests(readExport(file)), digests(contents));
      assert.equal(await verifiedDigest(file), await verifiedDigest(archive));
    } finally {
      server.stop();
    }
  });
}

let openLab = null;

async function checkMajor(major, body) {
  console.log(`\n== Strapi ${major}`);
  const lab = await Lab.open(major, process.env[`WSFERRY_LAB${major}`] || path.join(repository, 'build', `strapi${major}`));
  openLab = lab;
  try {
    lab.plantAdministrator(await lab.create('src', '--seed', 'small'), planted);
    await body(lab, await lab.start('src'));
  } finally {
    await lab.removeAll();
  }
}

async function checkStrapi5(lab, server) {
  const contents = await checkFullPull(lab, server, 'Strapi 5');
  await checkEncrypted(lab, server, contents, 'Strapi 5');
  await checkFormats(lab, server, contents);
  await checkSelections(server, contents);
  await checkRefusals(lab, server, 'Strapi 5');
  await checkSwitchedOff(lab);
  await checkExistingFile(server);
  await checkServe(lab, contents, contents.dir.replace(/\.unpacked$/, ''));
  // The last one kills the server.
  await checkFaults(server);
}

async function checkStrapi4(lab, server) {
  const contents = await checkFullPull(lab, server, 'Strapi 4');
  await checkEncrypted(lab, server, contents, 'Strapi 4');
  await checkRefusals(lab, server, 'Strapi 4');
}

// --- all of it ------------------------------------------------------------------

// Servers outlive their parent: end them when this program is told to stop.
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, async () => {
    await openLab?.removeAll();
    process.exit(130);
  });
}

const majors = { 5: checkStrapi5, 4: checkStrapi4 };
for (const major of chosen.length ? chosen : ['5', '4']) {
  await checkMajor(Number(major), majors[major]).catch((error) => {
    failures.push(`Strapi ${major}`);
    console.log(`FAILED  Strapi ${major}\n${error.stack}`);
  });
}
await check('no output of the tool holds a secret', () => {
  const secrets = [planted.email, planted.password, archiveKey, 'not-a-token-of-this-server'];
  for (const kind of ['push', 'pull', 'full-access']) {
    secrets.push(`lab-${kind}-token-000000000001`);
  }
  for (const secret of secrets) {
    assert.ok(!everythingPrinted.includes(secret), secret);
  }
});

fs.rmSync(work, { recursive: true, force: true });
failures.forEach((name) => console.log(`failed: ${name}`));
console.log(`\n${passed} passed, ${failures.length} failed`);
process.exit(failures.length ? 1 : 0);
