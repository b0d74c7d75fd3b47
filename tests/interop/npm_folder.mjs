// Packages of the npm registry, at the versions of a lock file.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { run } from './lab.mjs';

// Installs what `source`, a URL of a folder, names into `folder`, unless it is there; gives `require`
// of that folder.
export async function installPackages(source, folder) {
  fs.mkdirSync(folder, { recursive: true });
  const lock = fs.readFileSync(new URL('package-lock.json', source), 'utf8');
  const installed = path.join(folder, 'installed.json');
  if (!fs.existsSync(installed) || fs.readFileSync(installed, 'utf8') !== lock) {
    for (const name of ['package.json', 'package-lock.json']) {
      fs.copyFileSync(new URL(name, source), path.join(folder, name));
    }
    const result = await run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: folder });
    assert.equal(result.status, 0, result.stderr);
    fs.writeFileSync(installed, lock);
  }
  return createRequire(path.join(path.resolve(folder), 'package.json'));
}
