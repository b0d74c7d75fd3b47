// What real servers leave out without failing: types that they cannot read, and files that they lost.

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import fs from 'node:fs';
import path from 'node:path';
import { openMessageGate } from './message_gate.mjs';
import { assertEqual, startOther } from './push_checks.mjs';
import { assertExit, assertFailedCleanly, check, exit, wsferry } from './tool.mjs';

const authors = 'api::author.author';

// The server cannot read this table while a pull reads the entities: its query fails as it does with
// a database that is locked, and without the seconds that a server waits for a lock. Gives a gate
// to reach the server by.
function withoutTable(lab, name, port, table) {
  const rename = (from, to) => lab.withDatabase(name, {}, (database) => database.exec(`alter table ${from} rename to ${to}`));
  let isAway = false;
  const changeAt = ({ step, action }) => {
    if (step === 'entities' && action === 'start' && !isAway) {
      rename(table, `${table}_away`);
      isAway = true;
    } else if (isAway && !(step === 'entities' && action === 'start') && step) {
      rename(`${table}_away`, table);
      isAway = false;
    }
    return false;  // Nothing is held.
  };
  return openMessageGate(lab.dir, port, changeAt, 'pull').then((gate) => ({
    ...gate,
    close() {
      gate.close();
      if (isAway) {  // The tool has ended before the next message.
        rename(`${table}_away`, table);
      }
    },
  }));
}

async function using(gate, use) {
  try {
    return await use(gate);
  } finally {
    gate.close();
  }
}

const lastEvent = (output) => JSON.parse(output.trim().split('\n').at(-1));

// An archive whose metadata tell no version, as some tools make them.
async function checkVersionless(server, other, lab, at) {
  await check(`${at}: an archive without a version is pushed where versions are to be ignored`, async () => {
    const pulled = await wsferry(['pull', server.url, '-o', 'x/', '--format', 'dir', '-q'], { token: server.tokens.pull });
    assertExit(pulled, exit.done);
    const archive = path.join(pulled.cwd, 'x');
    const file = path.join(archive, 'metadata.json');
    const { strapi, ...metadata } = JSON.parse(fs.readFileSync(file, 'utf8'));
    assert.ok(strapi.version);
    fs.writeFileSync(file, JSON.stringify(metadata));
    const push = ['push', archive, other.url, '--force', '-q', '--version-strategy', 'ignore'];
    assertExit(await wsferry(push, { token: other.tokens.push }), exit.done);
    await assertEqual(lab, 'src', 'loss-destination');
  });
}

// A row that the server does not find any more is what makes it skip a link: one link is changed on
// its way to such a row.
async function checkSkippedLink(server, other, lab, at) {
  await check(`${at}: a link that the destination of a copy skips is counted, ${exit.data}`, async () => {
    let skipped = null;
    const toNowhere = (message) => {
      if (message.step !== 'links' || message.action !== 'stream' || skipped) {
        return null;
      }
      skipped = message.data.find(({ kind, right }) => kind === 'relation.basic' && right.type === 'api::tag.tag');
      if (skipped) {
        skipped.right.ref = 987_654;
      }
      return skipped ? message : null;
    };
    const gate = await openMessageGate(lab.dir, other.port, () => false, 'push', toNowhere);
    await using(gate, async () => {
      const result = await wsferry(['copy', server.url, gate.url, '--force', '--json', '-q'], {
        variables: { STRAPI_TRANSFER_FROM_TOKEN: server.tokens.pull, STRAPI_TRANSFER_TO_TOKEN: other.tokens['full-access'] },
      });
      assertExit(result, exit.data);
      const { ok, lost } = lastEvent(result.stdout);
      assert.deepEqual([ok, lost.map(({ kind, count }) => [kind, count])], [false, [['skippedLink', 1]]]);
      assert.ok(lost[0].examples[0].includes('987654'), lost[0].examples[0]);
    });
  });
}

export async function checkLosses(lab, server, at) {
  const token = server.tokens.pull;

  await check(`${at}: a pull of a type that the server cannot read ends with ${exit.remote}`, async () => {
    await using(await withoutTable(lab, 'src', server.port, 'authors'), async (gate) => {
      const result = await wsferry(['pull', gate.url, '-o', 'x.tar', '-q'], { token });
      assertFailedCleanly(result, exit.remote);
      assert.ok(result.stderr.includes(authors), result.stderr);
    });
  });

  await check(`${at}: allowed, it says what it lacks and ends with ${exit.data}`, async () => {
    await using(await withoutTable(lab, 'src', server.port, 'authors'), async (gate) => {
      const result = await wsferry(['pull', gate.url, '-o', 'x.tar', '-q', '--json', '--allow-incomplete'], { token });
      assertExit(result, exit.data);
      const { lost } = lastEvent(result.stdout);
      assert.deepEqual(lost.map(({ kind, count }) => [kind, count]), [['unreadableType', 1]]);
      assert.ok(lost[0].examples[0].includes(authors));
    });
  });

  await check(`${at}: what is not selected may be unreadable`, async () => {
    await using(await withoutTable(lab, 'src', server.port, 'authors'), async (gate) => {
      assertExit(await wsferry(['pull', gate.url, '-o', 'x.tar', '-q', '--exclude-content-types', authors], { token }), exit.done);
    });
  });

  const { server: other, own } = await startOther(lab, 'loss-destination');

  await check(`${at}: a copy from a server that cannot read a type replaces nothing`, async () => {
    await using(await withoutTable(lab, 'src', server.port, 'authors'), async (gate) => {
      const result = await wsferry(['copy', gate.url, other.url, '--force', '--json', '-q', '--exclude', 'media-library'], {
        variables: { STRAPI_TRANSFER_FROM_TOKEN: token, STRAPI_TRANSFER_TO_TOKEN: other.tokens['full-access'] },
      });
      assertExit(result, exit.remote);
      const { destination, subject } = lastEvent(result.stdout);
      assert.equal(subject, authors);
      // A server that does not say so is found out by its links, when the copy has begun.
      assert.equal(destination.database, lab.major === 4 ? 'rolledBack' : 'untouched');
    });
    assert.deepEqual(await lab.digest('loss-destination'), own);
  });

  await check(`${at}: a push whose backup cannot be whole changes nothing`, async () => {
    const archive = await wsferry(['pull', server.url, '-o', 'x.tar', '-q'], { token });
    assertExit(archive, exit.done);
    await using(await withoutTable(lab, 'loss-destination', other.port, 'authors'), async (gate) => {
      const push = ['push', path.join(archive.cwd, 'x.tar'), gate.url, '--force', '--json', '-q', '--backup', 'before.tar'];
      const result = await wsferry(push, { token: other.tokens['full-access'] });
      assertFailedCleanly(result, exit.remote);
      assert.equal(lastEvent(result.stdout).destination.database, 'untouched');
    });
    assert.deepEqual(await lab.digest('loss-destination'), own);
  });

  await checkSkippedLink(server, other, lab, at);
  await checkVersionless(server, other, lab, at);

  if (lab.major === 4) {  // Newer ones leave such links out themselves.
    await check(`${at}: links left over from deleted entries end no pull, ${exit.data}`, async () => {
      const homepages = 'api::homepage.homepage';
      assert.equal(lab.change('loss-destination', 'delete from homepages'), 1);
      assert.equal(lab.query('loss-destination', `select * from files_related_morphs where related_type = '${homepages}'`).length, 1);
      const result = await wsferry(['pull', other.url, '-o', 'x.tar', '-q', '--json'], { token: other.tokens.pull });
      assertExit(result, exit.data);
      const [{ kind, count, examples }] = lastEvent(result.stdout).lost;
      assert.deepEqual([kind, count], ['suspectedType', 1]);
      assert.ok(examples[0].includes(homepages), examples[0]);
      assertExit(await wsferry(['verify', path.join(result.cwd, 'x.tar')]), exit.data);
      const without = ['--exclude-content-types', homepages];
      assertExit(await wsferry(['pull', other.url, '-o', 'x.tar', '-q', ...without], { token: other.tokens.pull }), exit.done);
    });
  }
  await lab.stop('loss-destination');

  const uploads = path.join(lab.directory('src'), 'public', 'uploads');
  const [{ hash, ext }] = lab.query('src', "select hash, ext from files where mime like 'image/%' and formats is not null order by id");
  const lost = `${hash}${ext}`;
  const away = path.join(lab.directory('src'), lost);

  await check(`${at}: a file that the server has lost is named`, async () => {
    fs.renameSync(path.join(uploads, lost), away);
    try {
      const bySocket = ['pull', server.url, '-o', 'x.tar', '-q', '--files', 'socket'];
      const result = await wsferry(bySocket, { token });
      assert.ok(result.stderr.includes(lost), result.stderr);
      if (lab.major === 4) {  // It breaks off, without a reason.
        assertFailedCleanly(result, exit.remote);
        assert.match(result.stderr, /--exclude files/);
        assertExit(await wsferry(['pull', server.url, '-o', 'x.tar', '-q', '--exclude', 'files'], { token }), exit.done);
        return;
      }
      assertExit(result, exit.data);
      const allowed = await wsferry([...bySocket, '--json', '--allow-missing-files'], { token });
      assertExit(allowed, exit.done);
      const [{ kind, count, accepted }] = lastEvent(allowed.stdout).lost;
      assert.deepEqual([kind, accepted], ['missingFile', true]);
      assert.ok(count > 1, 'its formats do not count');
      // By HTTP they are there.
      const byHttp = await wsferry(['pull', server.url, '-o', 'x.tar', '-q', '--json'], { token });
      assertExit(byHttp, exit.data);
      const event = lastEvent(byHttp.stdout);
      assert.deepEqual(event.lost.map((loss) => [loss.kind, loss.count]), [['missingFile', 1]]);
      assert.equal(event.files.bySocket, 0);
    } finally {
      fs.renameSync(away, path.join(uploads, lost));
    }
  });
}

// Pulls from a server whose database is locked when it begins to read the entities, and is again
// unlocked after so many milliseconds.
async function pullLocked(lab, name, server, milliseconds) {
  const Database = createRequire(path.join(lab.dir, 'package.json'))('better-sqlite3');
  const database = new Database(path.join(lab.directory(name), 'data.db'), { timeout: 60_000 });
  let timer;
  const lock = ({ step, action }) => {
    if (step === 'entities' && action === 'start') {
      database.exec('begin exclusive');
      timer = setTimeout(() => database.exec('rollback'), milliseconds);
    }
    return false;
  };
  const gate = await openMessageGate(lab.dir, server.port, lock, 'pull');
  try {
    return await wsferry(['pull', gate.url, '-o', 'x.tar', '-q'], { token: server.tokens.pull });
  } finally {
    clearTimeout(timer);
    gate.close();
    database.close();
  }
}

// The server waits some seconds for each table that is locked, so that this is done once.
export async function checkLockedDatabase5(lab, server) {
  await check(`Strapi 5: a lock on the source's database ends a pull with ${exit.remote}`, async () => {
    // It ends with the first table that was given up.
    const result = await pullLocked(lab, 'src', server, 60_000);
    assertFailedCleanly(result, exit.remote);
    assert.match(result.stderr, /database is locked/);
    assert.match(result.stderr, /plugin::|api::/);
    assertExit(await wsferry(['pull', server.url, '-o', 'x.tar', '-q'], { token: server.tokens.pull }), exit.done);
  });
}

// This one says nothing, and goes on. It gives up each of seven tables of administration first, so
// that its patience is shortened.
export async function checkLockedDatabase4(lab) {
  await check(`Strapi 4: a lock on the source's database ends a pull with ${exit.remote}, though the server is silent`, async () => {
    await lab.create('locked', '--seed', 'small');
    const server = await lab.startWith({ LAB_DB_BUSY_MS: '300' }, 'locked');
    const result = await pullLocked(lab, 'locked', server, 5_000);
    assertFailedCleanly(result, exit.remote);
    assert.match(result.stderr, /(plugin|api)::\S+: Nothing of this type arrived/);
    assert.match(result.stderr, /A lock on the server's database/);
    assertExit(await wsferry(['pull', server.url, '-o', 'x.tar', '-q'], { token: server.tokens.pull }), exit.done);
    await lab.stop('locked');
  });
}
