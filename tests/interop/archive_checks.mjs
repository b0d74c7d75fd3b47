// Archives that are not as an export makes them, and servers whose content makes such ones.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { assertExit, check, exit, pull, work, wsferry } from './tool.mjs';

// One more record of the media library for a file that has one, as it comes of restored databases.
// Gives the file's name, and takes the record away again.
function doubleFileRecord(lab, name) {
  return lab.withDatabase(name, {}, (database) => {
    const row = database.prepare("select * from files where formats is null and ext is not null and ext <> '' order by id limit 1").get();
    const copy = { ...row };
    delete copy.id;
    copy.name = 'second.bin';
    if ('document_id' in copy) {
      copy.document_id = 'secondrecordofonefile000';
    }
    const columns = Object.keys(copy);
    const statement = `insert into files (${columns.join(', ')}) values (${columns.map(() => '?').join(', ')})`;
    const id = database.prepare(statement).run(...Object.values(copy)).lastInsertRowid;
    return {
      file: row.hash + row.ext,
      remove: () => lab.change(name, 'delete from files where id = ?', Number(id)),
    };
  });
}

// The tree of an archive, to be changed.
function unpack(file, name) {
  const folder = path.join(work, name, 'my-export');
  fs.mkdirSync(folder, { recursive: true });
  execFileSync('tar', ['-xf', file, '-C', folder]);
  return folder;
}

function changeFile(file, change) {
  fs.rmSync(path.join(path.dirname(file), '..', 'checksums'), { recursive: true, force: true });
  fs.writeFileSync(file, change(fs.readFileSync(file, 'utf8')));
}

function twoLinks(text) {
  return `${text}\n${text.split('\n')[0]}`;
}

// What people do to archives, all at once: a folder around everything, a byte order mark, blank lines,
// foreign files, a link and a file twice.
function packOddly(file) {
  const folder = unpack(file, 'odd');
  changeFile(path.join(folder, 'entities', 'entities_00001.jsonl'), (text) => `\ufeff\n${text.replaceAll('\n', '\r\n\r\n')}\n\n`);
  changeFile(path.join(folder, 'links', 'links_00001.jsonl'), twoLinks);
  for (const name of ['.DS_Store', '._metadata.json', 'README.md', path.join('entities', '._entities_00001.jsonl')]) {
    fs.writeFileSync(path.join(folder, name), 'no part of it');
  }
  const upload = fs.readdirSync(path.join(folder, 'assets', 'uploads'))[0];
  const packed = path.join(work, 'odd.tar.gz');
  execFileSync('tar', ['-czf', packed, '--hard-dereference', '-C', path.dirname(folder), 'my-export', `my-export/assets/uploads/${upload}`]);
  return packed;
}

export async function checkArchives(lab, server, archive, at) {
  await check(`${at}: a link twice is found before a push, and what two records share is imported`, async () => {
    const folder = unpack(archive, 'doubled-link');
    changeFile(path.join(folder, 'links', 'links_00001.jsonl'), twoLinks);
    assertExit(await wsferry(['verify', folder]), exit.data);
    const push = await wsferry(['push', folder, server.url, '--dry-run'], { token: server.tokens.push });
    assertExit(push, exit.data);
    assert.match(push.stderr, /the same link already occurred/);

    const record = doubleFileRecord(lab, 'src');
    try {
      const pulled = await wsferry(['pull', server.url, '-o', 'shared.tar.gz', '--json'], { token: server.tokens.pull });
      assertExit(pulled, exit.done);
      const { notes } = JSON.parse(pulled.stdout.trim().split('\n').at(-1));
      assert.ok(notes.some((note) => note.includes(`"${record.file}" came 2 times`)), notes.join('\n'));
      const file = path.join(pulled.cwd, 'shared.tar.gz');
      assertExit(await wsferry(['verify', file]), exit.done);

      const odd = packOddly(file);
      const converted = await wsferry(['convert', odd, 'clean.tar.gz']);
      assertExit(converted, exit.done);
      for (const word of ['my-export/', 'byte order mark', 'blank lines', 'README.md', 'occurs twice', 'the same link']) {
        assert.ok(converted.stderr.includes(word), `${word} is not told: ${converted.stderr}`);
      }
      const clean = path.join(converted.cwd, 'clean.tar.gz');
      assertExit(await wsferry(['diff', file, clean]), exit.done);
      assertExit(await wsferry(['diff', clean, server.url], { token: server.tokens.pull }), exit.done);
      await lab.create('from-odd');
      await lab.import('from-odd', clean);
      const comparison = await lab.compare('src', 'from-odd');
      assert.ok(comparison.same, comparison.text);
      const again = await pull(await lab.start('from-odd'), 'again.tar');
      await lab.stop('from-odd');
      assertExit(await wsferry(['diff', clean, again]), exit.done);
    } finally {
      record.remove();
    }
  });

  await check(`${at}: a file that is cut off on the server is told, and everybody agrees`, async () => {
    const uploads = path.join(lab.directory('src'), 'public', 'uploads');
    const files = fs.readdirSync(uploads).map((name) => path.join(uploads, name));
    const file = files.filter((name) => fs.statSync(name).isFile()).sort((a, b) => fs.statSync(b).size - fs.statSync(a).size)[0];
    const whole = fs.readFileSync(file);
    fs.truncateSync(file, 10);
    try {
      const pulled = await wsferry(['pull', server.url, '-o', 'cut.tar', '-q'], { token: server.tokens.pull });
      assertExit(pulled, exit.data);
      assert.ok(pulled.stderr.includes(path.basename(file)), pulled.stderr);
      assertExit(await wsferry(['verify', path.join(pulled.cwd, 'cut.tar')]), exit.data);
    } finally {
      fs.writeFileSync(file, whole);
    }
    assertExit(await wsferry(['verify', await pull(server, 'again.tar')]), exit.done);
  });
}
