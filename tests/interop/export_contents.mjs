// Reads an export with nothing of wsferry: tar and gzip by the system's tar, AES by Node.js.

import { createHash, createDecipheriv, scryptSync } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

const sha256 = (data) => createHash('sha256').update(data).digest('hex');

function unpack(file, key) {
  let archive = file;
  if (key !== undefined) {
    const decipher = createDecipheriv('aes-128-ecb', scryptSync(key, '', 16), null);
    archive = file.replace(/\.enc$/, '.decrypted');
    fs.writeFileSync(archive, Buffer.concat([decipher.update(fs.readFileSync(file)), decipher.final()]));
  }
  const dir = `${file}.unpacked`;
  fs.mkdirSync(dir);
  execFileSync('tar', ['-xf', archive, '-C', dir]);
  return dir;
}

function lines(dir, stage) {
  const folder = path.join(dir, stage);
  if (!fs.existsSync(folder)) {
    return [];
  }
  return fs
    .readdirSync(folder)
    .sort()
    .flatMap((part) => fs.readFileSync(path.join(folder, part), 'utf8').split('\n'))
    .filter((line) => line !== '');
}

// What an export holds: lines of each stage, and each asset by name with its digest and metadata.
export function readExport(file, key) {
  const dir = fs.statSync(file).isDirectory() ? file : unpack(file, key);
  const contents = { dir, metadata: JSON.parse(fs.readFileSync(path.join(dir, 'metadata.json'), 'utf8')), assets: {} };
  for (const stage of ['schemas', 'entities', 'links', 'configuration']) {
    contents[stage] = lines(dir, stage);
  }
  const uploads = path.join(dir, 'assets', 'uploads');
  for (const name of fs.existsSync(uploads) ? fs.readdirSync(uploads) : []) {
    contents.assets[name] = {
      sha256: sha256(fs.readFileSync(path.join(uploads, name))),
      metadata: JSON.parse(fs.readFileSync(path.join(dir, 'assets', 'metadata', `${name}.json`), 'utf8')),
    };
  }
  return contents;
}

// The server itself notes here when it last counted its uploads, some time after its start.
const isServersOwnNote = (line) => JSON.parse(line).value?.key === 'plugin_upload_metrics';

// A digest for each stage that does not depend on container, parts, or order of assets.
export function digests(contents) {
  const result = {};
  for (const stage of ['schemas', 'entities', 'links', 'configuration']) {
    const kept = contents[stage].filter((line) => stage !== 'configuration' || !isServersOwnNote(line));
    result[stage] = `${kept.length} ${sha256(kept.join('\n'))}`;
  }
  const names = Object.keys(contents.assets).sort();
  result.assets = `${names.length} ${sha256(names.map((name) => `${name} ${contents.assets[name].sha256}`).join('\n'))}`;
  return result;
}

// Every byte of an unpacked export, to search.
export function everyFile(dir) {
  return fs.readdirSync(dir, { withFileTypes: true }).flatMap((entry) => {
    const full = path.join(dir, entry.name);
    return entry.isDirectory() ? everyFile(full) : [{ path: full, bytes: fs.readFileSync(full) }];
  });
}
