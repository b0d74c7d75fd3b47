// wsferry against real Strapi servers and Strapi's own client, and against a streaming gateway and its
// client in another language.
//
//   node run.mjs WSFERRY [gateway] [5] [4]      WSFERRY is the built tool; the others choose
//
// WSFERRY_LAB5 and WSFERRY_LAB4 name folders with an installed lab, WSFERRY_LAB5_STORAGE one with the
// packages for PostgreSQL and S3; what is not named is installed below build/ of the repository.
// WSFERRY_TEST_MATRIX=full kills more pulls, and WSFERRY_KILL_SEED kills them as a run did that printed it.
// PostgreSQL itself is that of Debian or Ubuntu, in /usr/lib/postgresql. Ends with a line
// `N passed, N failed`.

import assert from 'node:assert/strict';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkArchives } from './archive_checks.mjs';
import { checkBackups, checkPushAttempts } from './backup_checks.mjs';
import { checkConnections } from './connection_checks.mjs';
import { checkFilesByHttp } from './files_checks.mjs';
import { checkGateway, gatewaySecrets, openGatewayLab } from './gateway_checks.mjs';
import { checkHangUps } from './hang_up_checks.mjs';
import { checkKills } from './kill_checks.mjs';
import { Lab } from './lab.mjs';
import { checkLockedDatabase4, checkLockedDatabase5, checkLosses } from './loss_checks.mjs';
import { checkNginx } from './nginx_checks.mjs';
import { checkPostgres5 } from './postgres_checks.mjs';
import * as pulls from './pull_checks.mjs';
import * as pushes from './push_checks.mjs';
import * as pushFaults from './push_fault_checks.mjs';
import { checkSchemaComparison } from './schema_checks.mjs';
import { checkSeveredRelations } from './severed_checks.mjs';
import * as storage from './storage_checks.mjs';
import { checkStoredLinks } from './stored_links_checks.mjs';
import { archiveKey, check, everythingPrinted, failures, passed, planted } from './tool.mjs';

const repository = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..');
const chosen = process.argv.slice(3);
const isFull = process.env.WSFERRY_TEST_MATRIX === 'full';
// Where what a Strapi on PostgreSQL or with a bucket needs is installed.
const storageFolder = process.env.WSFERRY_LAB5_STORAGE || path.join(repository, 'build', 'strapi5-storage');

async function checkMajor(major, body) {
  console.log(`\n== Strapi ${major}`);
  const lab = await Lab.open(major, process.env[`WSFERRY_LAB${major}`] || path.join(repository, 'build', `strapi${major}`));
  try {
    await lab.create('src', '--seed', 'small');
    lab.plantAdministrator('src', planted);
    lab.plantWebhook('src', 'of the source');
    await body(lab, await lab.start('src'));
  } finally {
    await lab.removeAll();
  }
}

async function checkStrapi5(lab, server) {
  const contents = await pulls.checkFullPull(lab, server, 'Strapi 5');
  await pulls.checkEncrypted(lab, server, contents, 'Strapi 5');
  await pulls.checkFormats(lab, server, contents);
  await pulls.checkSelections(server, contents);
  await pulls.checkRefusals(lab, server, 'Strapi 5');
  await pulls.checkSwitchedOff(lab);
  await pulls.checkExistingFile(server);
  const archive = contents.dir.replace(/\.unpacked$/, '');
  await pulls.checkServe(lab, contents, archive);
  await checkSchemaComparison(lab, archive);
  await checkFilesByHttp(lab, server, 'Strapi 5');
  await checkBackups(server, 'Strapi 5');
  await checkKills(lab, 'Strapi 5', isFull ? 200 : 27);
  await checkNginx(server, 'Strapi 5');
  await checkHangUps(server, 'Strapi 5', 1);
  await checkConnections(lab, server, 'Strapi 5');
  await checkLosses(lab, server, 'Strapi 5');
  await checkLockedDatabase5(lab, server);
  await checkArchives(lab, server, archive, 'Strapi 5');
  await pushes.checkPushes5(lab, server, archive);
  await checkPushAttempts(lab, archive, 'Strapi 5');
  await checkSeveredRelations(lab, server, archive);
  await checkStoredLinks(lab, archive);
  await pushFaults.checkPushFaults5(lab, archive);
  await storage.checkOneServer(server);
  await storage.checkStorage5(lab, archive, storageFolder);
  await checkPostgres5(lab, server, archive, storageFolder);
  // The last one kills the server.
  await pulls.checkFaults(server);
}

async function checkStrapi4(lab, server) {
  const contents = await pulls.checkFullPull(lab, server, 'Strapi 4');
  await pulls.checkEncrypted(lab, server, contents, 'Strapi 4');
  await pulls.checkRefusals(lab, server, 'Strapi 4');
  const archive = contents.dir.replace(/\.unpacked$/, '');
  await checkFilesByHttp(lab, server, 'Strapi 4');
  await checkBackups(server, 'Strapi 4');
  await checkKills(lab, 'Strapi 4');
  await checkHangUps(server, 'Strapi 4', 2);
  await checkConnections(lab, server, 'Strapi 4');
  await checkLosses(lab, server, 'Strapi 4');
  await checkLockedDatabase4(lab);
  await checkArchives(lab, server, archive, 'Strapi 4');
  await pushes.checkPushes4(lab, server, archive);
  await checkPushAttempts(lab, archive, 'Strapi 4');
  await pushFaults.checkPushFaults4(lab, archive);
}

// --- all of it ------------------------------------------------------------------

// What was started ends with this program, also when that is told to stop.
for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM']) {
  process.on(signal, () => process.exit(128 + os.constants.signals[signal]));
}

const parts = {
  gateway: async () => {
    console.log('\n== Gateway');
    await checkGateway(await openGatewayLab(path.join(repository, 'build', 'gateway-stand-in')));
  },
  5: () => checkMajor(5, checkStrapi5),
  4: () => checkMajor(4, checkStrapi4),
};
for (const part of chosen.length ? chosen : ['gateway', '5', '4']) {
  await parts[part]().catch((error) => {
    failures.push(part);
    console.log(`FAILED  ${part}\n${error.stack}`);
  });
}
await check('no output of the tool holds a secret', () => {
  const secrets = [planted.email, planted.password, archiveKey, 'not-a-token-of-this-server', ...gatewaySecrets];
  for (const kind of ['push', 'pull', 'full-access']) {
    secrets.push(`lab-${kind}-token-000000000001`);
  }
  for (const secret of secrets) {
    assert.ok(!everythingPrinted.includes(secret), secret);
  }
});

failures.forEach((name) => console.log(`failed: ${name}`));
console.log(`\n${passed} passed, ${failures.length} failed`);
process.exit(failures.length ? 1 : 0);
