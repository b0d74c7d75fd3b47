// Servers outlive clients that end in the middle of a step. A Strapi 4 ends its whole process when it
// finds the connection closing as it is about to send data.

import assert from 'node:assert/strict';
import { assertExit, check, exit, runLine, wsferry } from './tool.mjs';

// Interrupts a pull when the server says that it begins with a step. Gives whether that was in time.
async function interruptIn(step, server) {
  const onStart = (child) => {
    let printed = '';
    child.stdout.on('data', (chunk) => {
      printed += chunk;
      if (printed.includes(`creating ${step} read stream`)) {
        child.kill('SIGINT');
        printed = '';
      }
    });
  };
  const result = await wsferry(['pull', server.url, '-o', 'x.tar', '--files', 'socket', '--json', '--verbose'], { token: server.tokens.pull, onStart });
  if (result.status !== exit.done) {
    assertExit(result, exit.interrupted);
  }
  return result.status === exit.interrupted;
}

async function assertAlive(server) {
  const response = await fetch(`${new URL(server.url).origin}/_health`).catch((error) => assert.fail(`the server is gone: ${error.cause ?? error}`));
  assert.equal(response.status, 204);
}

export async function checkHangUps(server, at, rounds) {
  for (const step of ['entities', 'assets', 'links']) {
    await check(`${at}: a server outlives pulls that are interrupted in ${step}`, async () => {
      let interrupted = 0;
      for (let round = 0; round < rounds; round += 1) {
        // Several at a time: one keeps the server busy while another hangs up.
        const pulls = Array.from({ length: 4 }, () => interruptIn(step, server));
        interrupted += (await Promise.all(pulls)).filter(Boolean).length;
        await assertAlive(server);
      }
      assert.notEqual(interrupted, 0, 'no interrupt came in time');
    });
  }
  await check(`${at}: a server outlives pulls that fail on this side in the middle of a step`, async () => {
    for (let round = 0; round < rounds; round += 1) {
      const line = `wsferry pull ${server.url} --files socket -o - -q > /dev/full`;
      const pulls = Array.from({ length: 4 }, () => runLine(line, { token: server.tokens.pull }));
      for (const result of await Promise.all(pulls)) {
        assertExit(result, exit.data);
      }
      await assertAlive(server);
    }
  });
}
