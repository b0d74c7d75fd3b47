// Pushes into real servers.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { run } from './lab.mjs';
import { openMessageGate } from './message_gate.mjs';
import { archiveKey, assertExit, check, exit, planted, pull, tool, verifiedDigest, work, wsferry } from './tool.mjs';

// A destination that has something to lose: other records, files and configuration than the source.
async function startOther(lab, name) {
  const dir = await lab.create(name, '--seed', 'small', '--articles', '9', '--tags', '5', '--files', '5', '--images', '1');
  lab.plantWebhook(dir, 'of the destination');
  const server = await lab.start(name);
  const [own, wanted] = [await lab.digest(name), await lab.digest('src')];
  for (const part of ['content', 'assets', 'configuration']) {
    assert.notEqual(own[part], wanted[part], `the destination has the source's ${part}`);
  }
  return { server, own, wanted };
}

async function push(server, archive, ...options) {
  const result = await wsferry(['push', archive, server.url, '--force', ...options], { token: server.tokens.push });
  assertExit(result, exit.done);
  return result;
}

async function assertEqual(lab, a, b) {
  const comparison = await lab.compare(a, b);
  assert.ok(comparison.same, comparison.text);
}

async function assertDifferent(lab, a, b) {
  assert.equal((await lab.compare(a, b)).same, false, 'the servers are equal already');
}

// Changes the schemas and records of an archive, given as a folder.
function editFolder(folder, name, edit) {
  const file = path.join(folder, name, `${name}_00001.jsonl`);
  const lines = fs.readFileSync(file, 'utf8').split('\n').filter(Boolean);
  fs.writeFileSync(file, edit(lines.map((line) => JSON.parse(line))).map((record) => JSON.stringify(record)).join('\n'));
}

// --- what both majors do ------------------------------------------------------

async function checkPush(lab, source, archive, at) {
  await check(`${at}: pull and push give an equal server, and administrators stay`, async () => {
    const target = await lab.start('pushed');
    await assertDifferent(lab, 'src', 'pushed');
    await push(target, archive);
    await assertEqual(lab, 'src', 'pushed');
    // The server's own administrators and tokens: a second push needs the token, and the planted
    // one is of the source, not of this server.
    await push(target, archive);
    await assertEqual(lab, 'src', 'pushed');
    assert.ok(lab.administrators('pushed').every(({ email }) => email !== planted.email));
  });
  await check(`${at}: administrators of the destination survive a push`, async () => {
    const dir = await lab.create('with-admin');
    lab.plantAdministrator(dir, planted);
    const target = await lab.start('with-admin');
    const before = lab.administrators('with-admin');
    await push(target, archive);
    assert.deepEqual(lab.administrators('with-admin'), before);
    assert.ok(before.some(({ email }) => email === planted.email));
    assertExit(await wsferry(['push', archive, target.url, '--dry-run'], { token: target.tokens.push }), exit.done);
    await lab.stop('with-admin');
  });
  await check(`${at}: an official export and a push give an equal server`, async () => {
    const file = path.join(work, `official-export-${lab.major}.tar.gz`);
    await lab.stop('src');
    try {
      await lab.export('src', file);
    } finally {
      Object.assign(source, await lab.start('src'));
    }
    const target = await lab.start('from-official');
    await push(target, file);
    await assertEqual(lab, 'src', 'from-official');
    await lab.stop('from-official');
  });
  await check(`${at}: a copy gives an equal server`, async () => {
    const target = await lab.start('copied');
    const result = await wsferry(['copy', source.url, target.url, '--force'], {
      variables: { STRAPI_TRANSFER_FROM_TOKEN: source.tokens.pull, STRAPI_TRANSFER_TO_TOKEN: target.tokens.push },
    });
    assertExit(result, exit.done);
    await assertEqual(lab, 'src', 'copied');
    await lab.stop('copied');
  });
  await check(`${at}: a token of pull scope changes nothing, ${exit.authentication}`, async () => {
    const target = await lab.start('untouched');
    const before = await lab.digest('untouched');
    assertExit(await wsferry(['push', archive, target.url, '--force'], { token: target.tokens.pull }), exit.authentication);
    assert.deepEqual(await lab.digest('untouched'), before);
    await lab.stop('untouched');
  });
}

// --- Strapi 5 -------------------------------------------------------------------

async function checkEncryptedPush(lab, source) {
  await check('Strapi 5: an encrypted archive is pushed with its key', async () => {
    const file = await pull(source, 'encrypted.tar.gz.enc', '--encrypt', '--key', archiveKey);
    const target = await lab.start('untouched');
    assertExit(await wsferry(['push', file, target.url, '--force', '--key', 'wrong'], { token: target.tokens.push }), exit.data);
    assertExit(await wsferry(['push', file, target.url, '--force'], { token: target.tokens.push }), exit.usage);
    const empty = await lab.digest('untouched');
    await push(target, file, '--key', archiveKey);
    await assertEqual(lab, 'src', 'untouched');
    assert.notDeepEqual(await lab.digest('untouched'), empty);
    await lab.stop('untouched');
  });
}

async function checkFilters(lab, archive) {
  const replaced = { content: ['content'], 'content,files': ['content', 'assets'], config: ['configuration'] };
  for (const [groups, parts] of Object.entries(replaced)) {
    await check(`Strapi 5: --only ${groups} replaces ${parts.join(' and ')} and nothing else`, async () => {
      const name = `only-${groups.replace(',', '-')}`;
      const { server, own, wanted } = await startOther(lab, name);
      await push(server, archive, '--only', groups);
      const after = await lab.digest(name);
      for (const part of ['content', 'assets', 'configuration']) {
        assert.equal(after[part], parts.includes(part) ? wanted[part] : own[part], part);
      }
      await lab.stop(name);
    });
  }
  await check(`Strapi 5: files without their records are refused with ${exit.usage}, and stay`, async () => {
    const { server, own } = await startOther(lab, 'only-files');
    assertExit(await wsferry(['push', archive, server.url, '--force', '--only', 'files'], { token: server.tokens.push }), exit.usage);
    assert.deepEqual(await lab.digest('only-files'), own);
    await lab.stop('only-files');
  });
  await check('Strapi 5: types that are left out stay as they are', async () => {
    const { server } = await startOther(lab, 'without-tags');
    const [tags, articles] = [await lab.rows('without-tags', 'tags'), await lab.rows('src', 'articles')];
    assert.notEqual(tags, await lab.rows('src', 'tags'));
    assert.notEqual(await lab.rows('without-tags', 'articles'), articles);
    await push(server, archive, '--exclude', 'files,config', '--exclude-content-types', 'api::tag.tag');
    assert.equal(await lab.rows('without-tags', 'tags'), tags);
    assert.equal(await lab.rows('without-tags', 'articles'), articles);
    await lab.stop('without-tags');
  });
}

async function checkDifferences(lab, archive) {
  await check(`Strapi 5: schema differences end with ${exit.refused}; with consent what is unknown is dropped`, async () => {
    const folder = path.join(work, 'ghost');
    assertExit(await wsferry(['convert', archive, folder, '--format', 'dir']), exit.done);
    editFolder(folder, 'schemas', (schemas) => {
      const tag = schemas.find(({ uid }) => uid === 'api::tag.tag');
      tag.attributes.phantom = { type: 'string' };
      return [...schemas, { ...tag, uid: 'api::ghost.ghost', modelName: 'ghost', collectionName: 'ghosts' }];
    });
    editFolder(folder, 'entities', (entities) => {
      const tag = entities.find(({ type }) => type === 'api::tag.tag');
      tag.data.phantom = 'boo';
      return [...entities, { ...tag, type: 'api::ghost.ghost' }];
    });
    const target = await lab.start('ghosts');
    const before = await lab.digest('ghosts');
    const refused = await wsferry(['push', folder, target.url], { token: target.tokens.push });
    assertExit(refused, exit.refused);
    assert.match(refused.stderr, /api::ghost\.ghost/);
    assert.match(refused.stderr, /attributes\.phantom/);
    assert.deepEqual(await lab.digest('ghosts'), before);
    await push(target, folder);
    await assertEqual(lab, 'src', 'ghosts');
    await lab.stop('ghosts');
  });
}

async function checkBackup(lab, archive) {
  await check('Strapi 5: a backup holds what the destination had, and puts it back', async () => {
    const { server, own } = await startOther(lab, 'backed-up');
    const backup = path.join(work, 'before.tar.gz');
    assertExit(await wsferry(['push', archive, server.url, '--force', '--backup', backup], { token: server.tokens['full-access'] }), exit.done);
    await assertEqual(lab, 'src', 'backed-up');
    await push(server, backup);
    assert.deepEqual(await lab.digest('backed-up'), own);
    await lab.stop('backed-up');
  });
}

async function checkOfficialPush(lab, archive) {
  await check("Strapi 5: Strapi's own client pushes into `wsferry serve`", async () => {
    const result = path.join(work, 'accepted.tar.gz');
    let printed = '';
    let child;
    const ready = new Promise((resolve, reject) => {
      run(tool, ['serve', archive, '--accept', result], {
        limitSeconds: 300,
        onStart: (started) => {
          child = started;
          started.stdout.on('data', (chunk) => {
            printed += chunk;
            if (/^token .*\n/m.test(printed)) {
              resolve();
            }
          });
        },
      }).then(({ stderr }) => reject(new Error(`serve ended: ${stderr}`)));
    });
    await ready;
    try {
      const pushed = await lab.officialPush(/^serving (\S+)/m.exec(printed)[1], archive, /^token (\S+)/m.exec(printed)[1]);
      assert.ok(pushed.ok, JSON.stringify(pushed));
      assert.equal(await verifiedDigest(result), await verifiedDigest(archive));
    } finally {
      child.kill('SIGTERM');
    }
  });
}

// --- faults in each stage ---------------------------------------------------------

// Where a push is struck: which message is held then, and what is true of the destination.
const stages = {
  beforeTransfer: { isThere: (message) => message.action === 'beforeTransfer', database: 'rollbackExpected', files: 'untouched', told: 'uncertain' },
  entities: { isThere: (message) => message.step === 'entities' && message.action === 'stream', database: 'rollbackExpected', files: 'setAside' },
  assets: { isThere: (message) => message.step === 'assets' && message.action === 'stream', database: 'rollbackExpected', files: 'setAside', interrupted: 'rollbackExpected' },
  links: { isThere: (message) => message.step === 'links' && message.action === 'stream', database: 'rollbackExpected', files: 'replaced' },
  configuration: { isThere: (message) => message.step === 'configuration' && message.action === 'stream', database: 'rollbackExpected', files: 'replaced' },
  close: { isThere: (message) => message.action === 'close', database: 'uncertain', files: 'replaced' },
};

// Pushes until a message of the stage is on its way, lets `strike` do its harm, and gives the
// tool's result.
async function pushStruck(lab, target, archive, isThere, strike) {
  const gate = await openMessageGate(lab.dir, target.port, isThere);
  let child;
  const ended = wsferry(['push', archive, gate.url, '--force', '--json', '--ping-interval', '1'], {
    token: target.tokens.push,
    onStart: (started) => (child = started),
  });
  try {
    const first = await Promise.race([gate.reached.then(() => 'stage'), ended]);
    assert.equal(first, 'stage', `the push ended early:\n${first.stderr}`);
    await strike(child, gate);
    return await ended;
  } finally {
    gate.close();
    await ended;
  }
}

// What is true of the files on the disk, in the words of the tool.
function filesOf(lab, name, before) {
  const folder = path.join(lab.directory(name), 'public');
  const namesIn = (entry) => fs.readdirSync(path.join(folder, entry)).filter((file) => file !== '.gitkeep').sort().join();
  const backups = fs.readdirSync(folder).filter((entry) => entry.startsWith('uploads_backup_'));
  if (namesIn('uploads') === before) {
    return 'untouched';
  }
  if (namesIn('uploads') === lab.uploads('src').join()) {
    return 'replaced';
  }
  return backups.some((entry) => namesIn(entry) === before) ? 'setAside' : 'lost';
}

async function checkStruck(lab, archive, stage, what, strike) {
  const name = `struck-${stage}-${what.replaceAll(' ', '-')}`;
  await check(`Strapi 5: ${what} in ${stage}: the old database, and a true report`, async () => {
    let { server, own } = await startOther(lab, name);
    const before = lab.uploads(name).join();
    const { isThere, database, files, told = files, interrupted = 'rolledBack' } = stages[stage];
    const result = await pushStruck(lab, server, archive, isThere, (child, gate) => strike(child, gate, server));
    if (what !== 'killing the tool') {
      const report = JSON.parse(result.stdout.trim().split('\n').at(-1));
      const isInterrupt = what === 'an interrupt';
      assert.equal(report.exitCode, isInterrupt ? exit.interrupted : exit.connection, result.stderr);
      assert.equal(report.destination.database, isInterrupt ? interrupted : database);
      assert.equal(report.destination.files, told);
    }
    assert.equal(filesOf(lab, name, before), files);
    if (what === 'killing the server') {
      await lab.stop(name);
      server = await lab.start(name);
    }
    const after = await lab.digest(name);
    assert.equal(after.content, own.content);
    assert.equal(after.configuration, own.configuration);
    // The same server, where it lives, can be pushed into again: nothing of the last push holds it.
    await push(server, archive);
    await assertEqual(lab, 'src', name);
    await lab.stop(name);
  });
}

async function checkStruckStages(lab, archive) {
  for (const stage of Object.keys(stages)) {
    await checkStruck(lab, archive, stage, 'killing the server', (child, gate, target) => process.kill(target.pid, 'SIGKILL'));
  }
  for (const stage of Object.keys(stages)) {
    await checkStruck(lab, archive, stage, 'killing the tool', (child) => process.kill(-child.pid, 'SIGKILL'));
  }
  for (const stage of ['entities', 'assets', 'links', 'configuration']) {
    await checkStruck(lab, archive, stage, 'an interrupt', (child, gate) => {
      child.kill('SIGINT');
      gate.release();
    });
  }
}

export async function checkPushes5(lab, source, archive) {
  await checkPush(lab, source, archive, 'Strapi 5');
  await checkEncryptedPush(lab, source);
  await checkFilters(lab, archive);
  await checkDifferences(lab, archive);
  await checkBackup(lab, archive);
  await checkOfficialPush(lab, archive);
  await checkStruckStages(lab, archive);
}

export async function checkPushes4(lab, source, archive) {
  await checkPush(lab, source, archive, 'Strapi 4');
}
