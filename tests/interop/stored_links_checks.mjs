// What `verify` calls a problem of links is what a server, given the archive by Strapi's own client,
// stores in another way.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { assertExit, check, exit, work, wsferry } from './tool.mjs';

// An archive whose first link of the field is another one.
function withLink(archive, field, change) {
  const folder = path.join(work, `link-of-${field}`);
  fs.mkdirSync(folder, { recursive: true });
  execFileSync('tar', ['-xf', archive, '-C', folder]);
  const file = path.join(folder, 'links', 'links_00001.jsonl');
  const lines = fs.readFileSync(file, 'utf8').split('\n');
  const place = lines.findIndex((line) => line.includes(`"type":"api::article.article"`) && JSON.parse(line).left.field === field);
  const link = JSON.parse(lines[place]);
  change(link);
  lines[place] = JSON.stringify(link);
  fs.writeFileSync(file, lines.join('\n'));
  fs.rmSync(path.join(folder, 'checksums'), { recursive: true, force: true });
  execFileSync('tar', ['-cf', `${folder}.tar`, '-C', folder, ...fs.readdirSync(folder)]);
  return `${folder}.tar`;
}

export async function checkStoredLinks(lab, archive) {
  const name = 'stored-links';
  const server = await lab.start(name);
  const cases = [
    ['of another kind', 'tags', (link) => { link.kind = 'relation.morph'; }, 'select count(*) as count from articles_tags_lnk where tag_id is null'],
    ['of another document', 'localizations', (link) => { link.right.ref = 'anotherdocument'; }, "select count(*) as count from articles where document_id = 'anotherdocument'"],
  ];
  for (const [what, field, change, wrong] of cases) {
    await check(`Strapi 5: a link ${what} is a problem, and a server stores it in another way`, async () => {
      const changed = withLink(archive, field, change);
      assertExit(await wsferry(['verify', changed]), exit.data);
      assertExit(await wsferry(['push', changed, server.url, '--force'], { token: server.tokens.push }), exit.data);
      assert.equal(lab.query(name, wrong)[0].count, 0);
      await lab.officialPush(server.url, changed, server.tokens.push);
      assert.equal(lab.query(name, wrong)[0].count, 1);
    });
  }
  await lab.stop(name);
}
