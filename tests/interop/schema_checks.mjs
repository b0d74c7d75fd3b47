// The comparison of schemas against Strapi's own, over the schemas of a real server and changes of them.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { assertExit, check, exit, serve, work, wsferry } from './tool.mjs';

// A generator of numbers that gives the same each time.
function generator(seed) {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state >>> 8) % below;
  };
}

const values = [null, true, false, 0, 1, -1.5, '', 'other', [], [1, 'a'], {}, { default: 1 }];

function objectsIn(value, found = []) {
  if (value !== null && typeof value === 'object') {
    found.push(value);
    Object.values(value).forEach((inner) => objectsIn(inner, found));
  }
  return found;
}

// Changes, adds or removes one member somewhere; what an export needs to be one stays.
function change(schema, random) {
  const places = [...['attributes', 'options', 'pluginOptions', 'info'].flatMap((name) => objectsIn(schema[name])), schema];
  const place = places[random(places.length)];
  const value = structuredClone(values[random(values.length)]);
  const names = Object.keys(place).filter((name) => place !== schema || !['uid', 'attributes'].includes(name));
  const name = names[random(names.length)];
  const kind = random(4);
  if (Array.isArray(place)) {
    place.push(value);
  } else if (kind === 0 || name === undefined) {
    place[['private', 'required', 'configurable', 'default', 'more'][random(5)]] = value;
  } else if (kind === 1) {
    delete place[name];
  } else {
    place[name] = value;
  }
}

function changed(schemas, random) {
  const result = structuredClone(schemas);
  for (let i = 0; i < 60; i += 1) {
    change(result[random(result.length)], random);
  }
  result.splice(random(result.length), 1);
  const [some] = schemas;
  return [...result, { ...some, uid: 'api::added.added' }, { ...some, uid: 'admin::audit-log', info: { singularName: 'audit-log' } }];
}

// The tool leaves out the types that no transfer carries; Strapi's own engine compares them, too.
const isNeverTransferred = (uid) => uid.startsWith('admin::') || /^plugin::content-releases\.release(-action)?$/.test(uid);

function officialDifferences(compareSchemas, source, destination, strategy) {
  const [a, b] = [source, destination].map((schemas) => Object.fromEntries(schemas.map((schema) => [schema.uid, schema])));
  const kinds = { deleted: 'onlyInSource', added: 'onlyInDestination', modified: 'changed' };
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].filter((uid) => !isNeverTransferred(uid)).flatMap((uid) =>
    compareSchemas(a[uid], b[uid], strategy).map((difference) => {
      const [left, right] = difference.values ?? (difference.kind === 'added' ? [undefined, difference.value] : [difference.value, undefined]);
      return JSON.stringify([kinds[difference.kind], uid, difference.path.join('.'), left ?? null, right ?? null]);
    })
  );
}

async function ourDifferences(source, destinationUrl, token, strategy) {
  const result = await wsferry(['push', source, destinationUrl, '--dry-run', '--json', '--force', '--allow-empty', '--schema-strategy', strategy], { token });
  assertExit(result, exit.done);
  const plan = result.stdout.split('\n').filter(Boolean).map((line) => JSON.parse(line)).find(({ event }) => event === 'plan');
  return plan.schemaDifferences.map(({ kind, uid, path: place, source: left, destination: right }) =>
    JSON.stringify([kind, uid, place, left === '' ? null : JSON.parse(left), right === '' ? null : JSON.parse(right)])
  );
}

export async function checkSchemaComparison(lab, archive) {
  await check("Strapi 5: schemas differ for the tool where they differ for Strapi's own engine", async () => {
    const { compareSchemas } = createRequire(import.meta.url)(
      path.join(lab.dir, 'node_modules', '@strapi', 'data-transfer', 'dist', 'engine', 'validation', 'schemas', 'index.js')
    );
    const source = path.join(work, 'schemas-source');
    assertExit(await wsferry(['convert', archive, source, '--format', 'dir']), exit.done);
    fs.rmSync(path.join(source, 'checksums'), { recursive: true, force: true });
    const file = path.join('schemas', 'schemas_00001.jsonl');
    const schemas = fs.readFileSync(path.join(source, file), 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line));
    const random = generator(1);
    let found = 0;
    for (let round = 0; round < 6; round += 1) {
      const destination = path.join(work, `schemas-destination-${round}`);
      fs.cpSync(source, destination, { recursive: true });
      const others = changed(schemas, random);
      fs.writeFileSync(path.join(destination, file), others.map((schema) => JSON.stringify(schema)).join('\n'));
      const server = await serve(destination, '--accept', `${destination}.tar`);
      try {
        for (const strategy of ['exact', 'strict']) {
          const expected = officialDifferences(compareSchemas, schemas, others, strategy);
          const ours = await ourDifferences(source, server.url, server.token, strategy);
          assert.deepEqual(ours.sort(), expected.sort(), `round ${round}, ${strategy}`);
          found += expected.length;
        }
      } finally {
        server.stop();
      }
    }
    assert.ok(found > 200, `${found} differences are too few to tell anything`);
  });
}
