// Pushes into real servers that are struck in the middle.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { openMessageGate } from './message_gate.mjs';
import { assertEqual, push, startOther } from './push_checks.mjs';
import { assertExit, check, exit, runLine, work, wsferry } from './tool.mjs';

// Where a push is struck: which message of the client is held there, and what is true of the
// destination, where the connection is lost (`lost`), and where an interrupt lets the message go on.
// `files` is what is on the disk, and in the report too, unless that says `told`.
const stages = {
  beforeTransfer: {
    isThere: (message) => message.action === 'beforeTransfer',
    lost: { database: 'rollbackExpected', files: 'untouched', told: 'uncertain' },
    interrupted: { database: 'rolledBack', files: 'setAside' },
  },
  entities: {
    isThere: (message) => message.step === 'entities' && message.action === 'stream',
    lost: { database: 'rollbackExpected', files: 'setAside' },
    interrupted: { database: 'rolledBack', files: 'setAside' },
  },
  assets: {
    isThere: (message) => message.step === 'assets' && message.action === 'stream',
    lost: { database: 'rollbackExpected', files: 'setAside' },
    interrupted: { database: 'rollbackExpected', files: 'setAside' },
  },
  links: {
    isThere: (message) => message.step === 'links' && message.action === 'stream',
    lost: { database: 'rollbackExpected', files: 'replaced' },
    interrupted: { database: 'rolledBack', files: 'replaced' },
  },
  configuration: {
    isThere: (message) => message.step === 'configuration' && message.action === 'stream',
    lost: { database: 'rollbackExpected', files: 'replaced' },
    interrupted: { database: 'rolledBack', files: 'replaced' },
  },
  close: {
    isThere: (message, hasBegun) => hasBegun && message.action === 'close',
    lost: { database: 'uncertain', files: 'replaced' },
    interrupted: { database: 'committed', files: 'replaced' },
  },
};

const strikes = {
  'killing the server': ({ server }) => process.kill(server.pid, 'SIGKILL'),
  'killing the tool': ({ child }) => process.kill(-child.pid, 'SIGKILL'),
  'an interrupt': async ({ child, gate }) => {
    child.kill('SIGINT');
    await signalTaken(child.pid);
    gate.release();
  },
};

// A process is interrupted when it has taken the signal, not when that is sent.
async function signalTaken(pid) {
  const isPending = () => {
    try {
      return BigInt(`0x${/^ShdPnd:\s*(\S+)/m.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))[1]}`) !== 0n;
    } catch (error) {
      assert.ok(['ENOENT', 'ESRCH'].includes(error.code), error);  // It has ended.
      return false;
    }
  };
  while (isPending()) {
    await nextTurn();
  }
}

// The longest that the tool may take to end once it was interrupted and the server hears it again.
const patienceSeconds = 20;

// Pushes by way of the gate until a message of the stage is on its way, strikes, and gives the
// tool's result, its report, and the seconds that it went on after the strike.
async function pushStruck(gate, server, archive, what, backup) {
  let child;
  const ended = wsferry(['push', archive, gate.url, '--force', '--json', '--ping-interval', '1', ...(backup ? ['--backup', backup] : [])], {
    token: server.tokens[backup ? 'full-access' : 'push'],
    onStart: (started) => (child = started),
  });
  const first = await Promise.race([gate.reached.then(() => 'stage'), ended]);
  assert.equal(first, 'stage', `the push ended early:\n${first.stderr}`);
  await strikes[what]({ child, gate, server });
  const struck = performance.now();
  const result = await ended;
  const seconds = (performance.now() - struck) / 1000;
  if (what === 'an interrupt') {
    assertExit(result, exit.interrupted);
    assert.ok(seconds < patienceSeconds, `the tool went on for ${seconds} s`);
  }
  return { ...result, report: what === 'killing the tool' ? null : JSON.parse(result.stdout.trim().split('\n').at(-1)) };
}

// Names and digests of a folder's files.
function filesIn(folder) {
  const sha256 = (file) => createHash('sha256').update(fs.readFileSync(path.join(folder, file))).digest('hex');
  const names = fs.existsSync(folder) ? fs.readdirSync(folder).filter((file) => file !== '.gitkeep').sort() : [];
  return names.map((file) => `${file} ${sha256(file)}\n`).join('');
}

const uploadsOf = (lab, name) => filesIn(path.join(lab.directory(name), 'public', 'uploads'));

// What is true of the files on the disk, in the words of the tool.
function filesOf(lab, name, before) {
  const now = uploadsOf(lab, name);
  if (now === before) {
    return 'untouched';
  }
  const folder = path.join(lab.directory(name), 'public');
  const backups = fs.readdirSync(folder).filter((entry) => entry.startsWith('uploads_backup_'));
  // Whether or not the server has stored all of the new ones since.
  if (backups.some((entry) => filesIn(path.join(folder, entry)) === before)) {
    return 'setAside';
  }
  return now === uploadsOf(lab, 'src') ? 'replaced' : 'lost';
}

function assertReport(lab, name, before, report, { database, files, told = files }) {
  const { destination } = report;
  assert.equal(destination.database, database);
  assert.equal(destination.files, told);
  if (told !== 'setAside') {
    assert.equal(destination.filesBackup, undefined);
    return;
  }
  // The server names the folder before it answers beforeTransfer.
  assert.ok(destination.filesBackup, 'the folder with the old files is not named');
  assert.equal(path.dirname(destination.filesBackup), path.join(lab.directory(name), 'public'));
  assert.equal(filesIn(destination.filesBackup), before);
}

// Strikes a push into a server that runs, and holds the report and the server against what is to be
// true of them. Gives the server, which was started again if it was killed.
async function strikeServer(lab, name, server, archive, stage, what) {
  const before = { files: uploadsOf(lab, name), digest: await lab.digest(name) };
  const expected = stages[stage][what === 'an interrupt' ? 'interrupted' : 'lost'];
  const gate = await openMessageGate(lab.dir, server.port, stages[stage].isThere);
  try {
    const { report } = await pushStruck(gate, server, archive, what);
    if (report) {
      assert.equal(report.exitCode, what === 'an interrupt' ? exit.interrupted : exit.connection);
      assertReport(lab, name, before.files, report, expected);
    }
  } finally {
    gate.close();
  }
  if (what !== 'killing the server') {
    assert.ok(await lab.hooksAreOn(name), "the project's lifecycle hooks are still off");
  }
  assert.equal(filesOf(lab, name, before.files), expected.files);
  let running = server;
  if (what === 'killing the server') {
    await lab.stop(name);
    running = await lab.start(name);
  }
  const after = await lab.digest(name);
  assert.equal(after.content, before.digest.content);
  assert.equal(after.configuration, before.digest.configuration);
  return running;
}

// --- Strapi 5 -------------------------------------------------------------------

// Gives a server the files again that it had before it was struck: whatever became of them.
function restoreUploads(lab, name, saved) {
  const folder = path.join(lab.directory(name), 'public');
  for (const entry of fs.readdirSync(folder).filter((found) => found.startsWith('uploads'))) {
    fs.rmSync(path.join(folder, entry), { recursive: true });
  }
  fs.cpSync(saved, path.join(folder, 'uploads'), { recursive: true });
}

// One server for a kind of strike: its database stays the old one each time.
async function checkStruck(lab, archive, what, struckStages) {
  const name = `struck-by-${what.replaceAll(' ', '-')}`;
  const saved = path.join(work, `${name}.uploads`);
  let server;
  for (const stage of struckStages) {
    await check(`Strapi 5: ${what} in ${stage}: the old database, and a true report`, async () => {
      if (server) {
        restoreUploads(lab, name, saved);
      } else {
        server = (await startOther(lab, name)).server;
        fs.cpSync(path.join(lab.directory(name), 'public', 'uploads'), saved, { recursive: true });
      }
      server = await strikeServer(lab, name, server, archive, stage, what);
    });
  }
  await check(`Strapi 5: a push after ${what} in any stage gives an equal server`, async () => {
    await push(server, archive);
    await assertEqual(lab, 'src', name);
    await lab.stop(name);
  });
}

// The commit was asked for before the interrupt, and the server does it: the destination is the new
// one, and what brings the old one back is what the tool prints.
async function checkCommittedAndRestored(lab, archive) {
  await check('Strapi 5: an interrupt in close: the new database, a true report, and a command that puts everything back', async () => {
    const { server, own } = await startOther(lab, 'restored');
    const before = uploadsOf(lab, 'restored');
    const backup = path.join(work, "the server's backup.tar.gz");
    const gate = await openMessageGate(lab.dir, server.port, stages.close.isThere);
    try {
      const { report, stderr } = await pushStruck(gate, server, archive, 'an interrupt', backup);
      assertReport(lab, 'restored', before, report, stages.close.interrupted);
      assert.equal(filesOf(lab, 'restored', before), 'replaced');
      await assertEqual(lab, 'src', 'restored');
      const [, command] = /`(wsferry push [^`]+)`/.exec(stderr) ?? assert.fail(`no command:\n${stderr}`);
      assertExit(await runLine(`${command} --force`, { token: server.tokens.push }), exit.done);
      assert.deepEqual(await lab.digest('restored'), own);
    } finally {
      gate.close();
    }
    await lab.stop('restored');
  });
}

export async function checkPushFaults5(lab, archive) {
  for (const what of ['killing the server', 'killing the tool']) {
    await checkStruck(lab, archive, what, Object.keys(stages));
  }
  // One in close lets the server commit.
  await checkStruck(lab, archive, 'an interrupt', Object.keys(stages).filter((stage) => stage !== 'close'));
  await checkCommittedAndRestored(lab, archive);
}

// --- Strapi 4 -------------------------------------------------------------------

// One server for all of them: its database stays the old one each time.
export async function checkPushFaults4(lab, archive) {
  let server;
  for (const what of ['killing the server', 'killing the tool']) {
    for (const stage of ['entities', 'links']) {
      await check(`Strapi 4: ${what} in ${stage}: the old database, and a true report`, async () => {
        server ??= (await startOther(lab, 'struck')).server;
        server = await strikeServer(lab, 'struck', server, archive, stage, what);
      });
    }
  }
  await check('Strapi 4: a push after all of these gives an equal server', async () => {
    await push(server, archive);
    await assertEqual(lab, 'src', 'struck');
    await lab.stop('struck');
  });
}
