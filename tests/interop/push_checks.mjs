// Pushes into real servers.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { archiveKey, assertExit, check, exit, planted, pull, serve, verifiedDigest, work, wsferry } from './tool.mjs';

// A destination that has something to lose: other records, files and configuration than the source.
export async function startOther(lab, name) {
  await lab.create(name, '--seed', 'small', '--articles', '9', '--authors', '4', '--tags', '5', '--records', '40', '--files', '5', '--images', '1');
  lab.plantWebhook(name, 'of the destination');
  const server = await lab.start(name);
  const [own, wanted] = [await lab.digest(name), await lab.digest('src')];
  for (const part of ['content', 'assets', 'configuration']) {
    assert.notEqual(own[part], wanted[part], `the destination has the source's ${part}`);
  }
  return { server, own, wanted };
}

export async function push(server, archive, ...options) {
  const result = await wsferry(['push', archive, server.url, '--force', ...options], { token: server.tokens.push });
  assertExit(result, exit.done);
  assert.doesNotMatch(result.stdout + result.stderr, /has no links/);
  return result;
}

export async function assertEqual(lab, a, b) {
  const { same, sameConfiguration, text } = await lab.compare(a, b);
  assert.ok(same && sameConfiguration, text);
}

async function assertDifferent(lab, a, b) {
  const { same, sameConfiguration } = await lab.compare(a, b);
  assert.equal(same, false, 'the servers have equal content already');
  assert.equal(sameConfiguration, false, 'the servers have an equal configuration already');
}

// Changes the schemas and records of an archive, given as a folder.
function editFolder(folder, name, edit) {
  fs.rmSync(path.join(folder, 'checksums'), { recursive: true, force: true });
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
    await lab.create('with-admin');
    lab.plantAdministrator('with-admin', planted);
    const target = await lab.start('with-admin');
    const before = lab.administrators('with-admin');
    await push(target, archive);
    assert.deepEqual(lab.administrators('with-admin'), before);
    assert.ok(before.some(({ email }) => email === planted.email));
    assertExit(await wsferry(['push', archive, target.url, '--dry-run'], { token: target.tokens.push }), exit.done);
    await lab.stop('with-admin');
  });
  await check(`${at}: an official export and a push give an equal server, of an encrypted one, too`, async () => {
    const file = path.join(work, `official-export-${lab.major}.tar.gz`);
    await lab.stop('src');
    try {
      await lab.export('src', file);
      await lab.export('src', `${file}.enc`, '--key', archiveKey);
    } finally {
      Object.assign(source, await lab.start('src'));
    }
    const target = await lab.start('from-official');
    await assertDifferent(lab, 'src', 'from-official');
    await push(target, file);
    await assertEqual(lab, 'src', 'from-official');
    assert.ok(lab.change('from-official', 'delete from tags') && lab.change('from-official', 'delete from strapi_webhooks'));
    await assertDifferent(lab, 'src', 'from-official');
    await push(target, `${file}.enc`, '--key', archiveKey);
    await assertEqual(lab, 'src', 'from-official');
    await lab.stop('from-official');
  });
  await check(`${at}: a copy gives an equal server`, async () => {
    const target = await lab.start('copied');
    await assertDifferent(lab, 'src', 'copied');
    const result = await wsferry(['copy', source.url, target.url, '--force', '--json'], {
      variables: { STRAPI_TRANSFER_FROM_TOKEN: source.tokens.pull, STRAPI_TRANSFER_TO_TOKEN: target.tokens.push },
    });
    assertExit(result, exit.done);
    const { files, stages } = JSON.parse(result.stdout.trim().split('\n').pop());
    assert.notEqual(stages.assets.count, 0);
    assert.deepEqual([files.byHttp, files.bySocket], [stages.assets.count, 0]);
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

// What is left of a folder when somebody copies all but one folder of it.
export async function checkLostLinks(lab, source, archive, at) {
  const target = await lab.start('unlinked');
  const token = target.tokens['full-access'];
  const tryPush = (pushed, ...options) => wsferry(['push', pushed, target.url, '--force', ...options], { token });
  await check(`${at}: an archive that lost its links is not pushed over those of a server, ${exit.refused}`, async () => {
    assertExit(await tryPush(archive), exit.done);
    const before = await lab.digest('unlinked');
    const folder = await pull(source, 'export', '--format', 'dir');
    for (const name of ['links', 'checksums']) {
      assert.ok(fs.existsSync(path.join(folder, name)));
      fs.rmSync(path.join(folder, name), { recursive: true });
    }
    for (const options of [[], ['--dry-run']]) {
      const refused = await tryPush(folder, ...options);
      assertExit(refused, exit.refused);
      assert.match(refused.stderr, /the archive has no links, and this would delete those of /);
      assert.match(refused.stderr, /--allow-empty/);
    }
    assert.deepEqual(await lab.digest('unlinked'), before);
  });
  await check(`${at}: ordinary archives have links, a folder and one of types alone, too`, async () => {
    const folder = await pull(source, 'export', '--format', 'dir');
    for (const options of [[], ['--only', 'content'], ['--exclude', 'media-library'], ['--only', 'content', '--only-content-types', 'api::tag.tag']]) {
      const pushed = await tryPush(folder, ...options);
      assertExit(pushed, exit.done);
      assert.doesNotMatch(pushed.stdout + pushed.stderr, /has no links/);
    }
  });
  await lab.stop('unlinked');
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

// Which tables have other rows in `after` than in `before`.
function changedTables(before, after) {
  return Object.keys(before).filter((table) => before[table].hash !== after[table].hash);
}

async function checkChosenTypes(lab, archive) {
  let other;
  await check('Strapi 5: --only-content-types replaces the records of that type and nothing else', async () => {
    other = await startOther(lab, 'chosen');
    const [before, wanted] = [await lab.tables('chosen'), await lab.tables('src')];
    await push(other.server, archive, '--only', 'content', '--only-content-types', 'api::tag.tag');
    const [after, digest] = [await lab.tables('chosen'), await lab.digest('chosen')];
    assert.deepEqual(changedTables(before, after), ['tags']);
    assert.equal(after.tags.hash, wanted.tags.hash);
    assert.equal(digest.assets, other.own.assets);
    assert.equal(digest.configuration, other.own.configuration);
  });
  await check('Strapi 5: --exclude media-library keeps files and their records, and replaces everything else', async () => {
    const [before, wanted] = [await lab.tables('chosen'), await lab.tables('src')];
    assert.notEqual(before.files.hash, wanted.files.hash);
    await push(other.server, archive, '--exclude', 'media-library');
    const [after, digest] = [await lab.tables('chosen'), await lab.digest('chosen')];
    assert.deepEqual(after.files, before.files);
    assert.deepEqual(after.upload_folders, before.upload_folders);
    assert.deepEqual(changedTables(wanted, after), ['files']);
    assert.equal(digest.assets, other.own.assets);
    assert.equal(digest.configuration, other.wanted.configuration);
    await lab.stop('chosen');
  });
}

async function checkDiff(lab, archive) {
  await check(`Strapi 5: diff finds a server equal to what was pushed into it, and then a tag that was changed, ${exit.different}`, async () => {
    const target = lab.running('pushed');
    const diff = async (first) => wsferry(['diff', first, target.url, '--json'], { token: target.tokens.pull });
    const equal = await diff(archive);
    assertExit(equal, exit.done);
    assert.equal(JSON.parse(equal.stdout).equal, true);

    const folder = path.join(work, 'edited');
    assertExit(await wsferry(['convert', archive, folder, '--format', 'dir']), exit.done);
    editFolder(folder, 'entities', (entities) => {
      entities.find(({ type }) => type === 'api::tag.tag').data.name = 'another name';
      return entities;
    });
    const different = await diff(folder);
    assertExit(different, exit.different);
    const { equal: isEqual, entities, links, configuration, assets } = JSON.parse(different.stdout);
    assert.equal(isEqual, false);
    const { 'api::tag.tag': tags, ...others } = entities;
    assert.deepEqual([tags.removed, tags.added, tags.changed], [0, 0, 1]);
    assert.equal(tags.first, lab.rows('src', 'tags'));
    assert.equal(tags.second, tags.first);
    for (const group of [assets, ...[others, links, configuration].flatMap(Object.values)]) {
      assert.deepEqual([group.removed, group.added, group.changed], [0, 0, 0]);
    }
    assertExit(await wsferry(['diff', folder, target.url], { token: target.tokens.pull }), exit.different);
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
    const server = await serve(archive, '--accept', result);
    try {
      const pushed = await lab.officialPush(server.url, archive, server.token);
      assert.ok(pushed.ok, JSON.stringify(pushed));
      assert.equal(await verifiedDigest(result), await verifiedDigest(archive));
    } finally {
      server.stop();
    }
  });
}

export async function checkPushes5(lab, source, archive) {
  await checkPush(lab, source, archive, 'Strapi 5');
  await checkLostLinks(lab, source, archive, 'Strapi 5');
  await checkEncryptedPush(lab, source);
  await checkDiff(lab, archive);
  await checkFilters(lab, archive);
  await checkChosenTypes(lab, archive);
  await checkDifferences(lab, archive);
  await checkBackup(lab, archive);
  await checkOfficialPush(lab, archive);
}

export async function checkPushes4(lab, source, archive) {
  await checkPush(lab, source, archive, 'Strapi 4');
  await checkLostLinks(lab, source, archive, 'Strapi 4');
}
