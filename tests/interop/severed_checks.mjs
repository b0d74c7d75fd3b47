// Links that a selection cuts on a real server, against what the plan says.

import assert from 'node:assert/strict';
import { assertExit, check, exit, wsferry } from './tool.mjs';

// How many links each table has, of those that a selection may cut.
function linksOf(lab, name) {
  const tables = ['articles_tags_lnk', 'records_labels_lnk', 'articles_author_lnk', 'files_related_mph', 'files_folder_lnk'];
  return Object.fromEntries(tables.map((table) => [table, lab.rows(name, table)]));
}

const cutOf = (before, after) => Object.keys(before).filter((table) => after[table] < before[table]);

const planned = (result) => JSON.parse(result.stdout.split('\n').find((line) => line.includes('"event":"plan"'))).severedRelations;

const texts = (relations) => relations.map(({ type, path, other }) => `${type}.${path} -> ${other}`);

// `name` has the archive's content before each push.
export async function checkSeveredRelations(lab, source, archive) {
  const name = 'severed';
  const server = await lab.start(name);
  const put = (...options) => wsferry(['push', archive, server.url, '--force', '--json', ...options], { token: server.tokens.push });
  const cases = [
    ['--exclude files', [], ['--exclude', 'files']],
    ['one type', ['articles_tags_lnk', 'records_labels_lnk'], ['--only', 'content', '--only-content-types', 'api::tag.tag']],
    ['--exclude media-library', ['files_related_mph'], ['--exclude', 'media-library']],
  ];
  for (const [what, tables, options] of cases) {
    await check(`Strapi 5: a push of ${what} cuts the links that its plan names, and no others`, async () => {
      assertExit(await put(), exit.done);
      const before = linksOf(lab, name);
      const result = await put(...options);
      assertExit(result, exit.done);
      assert.deepEqual(cutOf(before, linksOf(lab, name)), tables);
      const relations = texts(planned(result));
      assert.equal(relations.length > 0, tables.length > 0, relations.join(', '));
      const expected = {
        articles_tags_lnk: 'api::article.article.tags -> api::tag.tag',
        records_labels_lnk: 'api::record.record.labels -> api::tag.tag',
        files_related_mph: 'api::article.article.cover -> plugin::upload.file',
      };
      tables.forEach((table) => assert.ok(relations.includes(expected[table]), relations.join(', ')));
    });
  }
  await check('Strapi 5: a copy without a type cuts links, and says so with --quiet', async () => {
    assertExit(await put(), exit.done);
    const before = linksOf(lab, name);
    const result = await wsferry(['copy', source.url, server.url, '--force', '-q', '--exclude-content-types', 'api::tag.tag'], {
      variables: { STRAPI_TRANSFER_FROM_TOKEN: source.tokens.pull, STRAPI_TRANSFER_TO_TOKEN: server.tokens.push },
    });
    assertExit(result, exit.done);
    assert.deepEqual(cutOf(before, linksOf(lab, name)), ['articles_tags_lnk', 'records_labels_lnk']);
    assert.match(result.stderr, /^warning: .*cut, and not restored:\n( .*\n)*? +api::article\.article\.tags -> api::tag\.tag$/m);
  });
  await lab.stop(name);
}
