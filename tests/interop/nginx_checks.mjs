// A server behind nginx, as most are: TLS ends there, and it has limits and ideas of its own.

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { openGate } from './gate.mjs';
import { endAtExit } from './lab.mjs';
import { assertExit, assertFailedCleanly, check, exit, verifiedDigest, work, wsferry } from './tool.mjs';

const lastEvent = (stdout) => JSON.parse(stdout.trim().split('\n').pop());

async function freePort() {
  const server = net.createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function makeCertificate(folder) {
  const [key, certificate] = ['key.pem', 'certificate.pem'].map((name) => path.join(folder, name));
  const made = spawnSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '30',
    '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost', '-keyout', key, '-out', certificate]);
  assert.equal(made.status, 0, `openssl: ${made.stderr}`);
  return { key, certificate };
}

const upgrade = 'proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $connection_upgrade;';

class Nginx {
  // `location` is what stands in the location of everything, `forFiles` in that of the media library.
  static async start(targetPort, location, forFiles = location) {
    const folder = fs.mkdtempSync(path.join(work, 'nginx-'));
    const port = await freePort();
    const { key, certificate } = makeCertificate(folder);
    fs.writeFileSync(path.join(folder, 'nginx.conf'), `
      daemon off; master_process off; pid nginx.pid; error_log stderr crit;
      events {}
      http {
        access_log off;
        client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
        map $http_upgrade $connection_upgrade { default upgrade; '' close; }
        server {
          listen 127.0.0.1:${port} ssl;
          ssl_certificate ${certificate}; ssl_certificate_key ${key};
          location / { proxy_pass http://127.0.0.1:${targetPort}; ${location} }
          location /uploads/ { proxy_pass http://127.0.0.1:${targetPort}; ${forFiles} }
        }
      }`);
    fs.writeFileSync(path.join(folder, 'users'), 'user:{PLAIN}password\n');
    const nginx = new Nginx(folder, port, certificate);
    const binary = ['/usr/sbin/nginx', '/usr/bin/nginx'].find((file) => fs.existsSync(file));
    assert.ok(binary, 'no nginx: install the package nginx-light');
    nginx.child = spawn(binary, ['-p', folder, '-c', path.join(folder, 'nginx.conf')], { stdio: 'ignore' });
    nginx.forget = endAtExit(() => nginx.child.kill('SIGKILL'));
    nginx.ended = new Promise((resolve) => nginx.child.on('exit', resolve));
    for (let i = 0; !(await nginx.answers()); i += 1) {
      assert.ok(i < 100 && nginx.child.exitCode === null, 'nginx does not start');
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    return nginx;
  }

  constructor(folder, port, certificate) {
    this.folder = folder;
    this.port = port;
    this.certificate = certificate;
    this.url = `https://localhost:${port}/admin`;
  }

  answers() {
    return new Promise((resolve) => {
      const socket = net.connect(this.port, '127.0.0.1', () => resolve(true));
      socket.on('error', () => resolve(false));
      socket.on('connect', () => socket.destroy());
    });
  }

  async stop() {
    this.child.kill('SIGTERM');
    await this.ended;
    this.forget();
  }
}

async function behindNginx(targetPort, location, ...rest) {
  const body = rest.pop();
  const nginx = await Nginx.start(targetPort, location, ...rest);
  try {
    await body(nginx);
  } finally {
    await nginx.stop();
  }
}

const pulled = (nginx, server, ...options) =>
  wsferry(['pull', nginx.url, '-o', 'x.tar', '--json', '--ca-file', nginx.certificate, ...options], { token: server.tokens.pull });

export async function checkNginx(server, at) {
  await check(`${at} behind nginx: a pull over TLS, its files by HTTP, is the pull without`, async () => {
    await behindNginx(server.port, upgrade, async (nginx) => {
      const result = await pulled(nginx, server);
      assertExit(result, exit.done);
      const { files, stages } = lastEvent(result.stdout);
      assert.deepEqual([files.byHttp, files.bySocket], [stages.assets.count, 0]);
      const direct = await wsferry(['pull', server.url, '-o', 'x.tar'], { token: server.tokens.pull });
      assertExit(direct, exit.done);
      assert.equal(await verifiedDigest(path.join(result.cwd, 'x.tar')), await verifiedDigest(path.join(direct.cwd, 'x.tar')));
      const doctor = await wsferry(['doctor', nginx.url, '--json', '--ca-file', nginx.certificate], { token: server.tokens.pull });
      assertExit(doctor, exit.done);
    });
  });
  await check(`${at} behind nginx: an unknown certificate is refused at once, ${exit.connection}`, async () => {
    await behindNginx(server.port, upgrade, async (nginx) => {
      const result = await wsferry(['pull', nginx.url, '-o', 'x.tar', '--retries', '3'], { token: server.tokens.pull });
      assertFailedCleanly(result, exit.connection);
      assert.match(result.stderr, /certificate/);
      assert.doesNotMatch(result.stderr, /attempt 1/);
    });
  });
  await check(`${at} behind nginx: without Upgrade a pull says that a proxy removes it, ${exit.connection}`, async () => {
    await behindNginx(server.port, '', async (nginx) => {
      const result = await pulled(nginx, server, '-q');
      assertExit(result, exit.connection);
      assert.match(result.stdout + result.stderr, /proxy/i);
      const doctor = await wsferry(['doctor', nginx.url, '--ca-file', nginx.certificate], { token: server.tokens.pull });
      assertExit(doctor, exit.connection);
      assert.match(doctor.stdout, /Upgrade/);
    });
  });
  await checkPasswords(server, at);
  await checkIdleCut(server, at);
}

const password = 'auth_basic "staff"; auth_basic_user_file users;';

async function checkPasswords(server, at) {
  await check(`${at} behind nginx: a password that nginx asks for is told from the token, and how to do without it, ${exit.authentication}`, async () => {
    await behindNginx(server.port, `${upgrade} ${password}`, async (nginx) => {
      const result = await pulled(nginx, server, '-q');
      assertExit(result, exit.authentication);
      const { message, remedy } = lastEvent(result.stdout);
      assert.match(message, /requires a user name and a password \(Basic authentication\), and Strapi requires its token/);
      assert.match(remedy, /^For nginx: location \/admin\/transfer\/runner\/ \{ auth_basic off; proxy_pass /);
      assert.ok(result.stderr.includes('auth_basic off; '), result.stderr);
    });
  });
  await check(`${at} behind nginx: where it asks for a password for files only, they come over the socket, which is told`, async () => {
    await behindNginx(server.port, upgrade, password, async (nginx) => {
      const result = await pulled(nginx, server);
      assertExit(result, exit.done);
      const { files, stages } = lastEvent(result.stdout);
      assert.deepEqual([files.byHttp, files.bySocket], [0, stages.assets.count]);
      assert.notEqual(stages.assets.count, 0);
      assert.match(result.stdout, /over the socket[^\n]*status 401/);
      assertExit(await wsferry(['diff', path.join(result.cwd, 'x.tar'), server.url], { token: server.tokens.pull }), exit.done);
    });
  });
}

// The tool would wait for an hour and more: what cuts is nginx.
async function checkIdleCut(server, at) {
  await check(`${at} behind nginx: an idle connection that nginx cuts is made again`, async () => {
    const gate = await openGate(server.port, 2000);
    try {
      await behindNginx(gate.port, `${upgrade} proxy_read_timeout 4s;`, async (nginx) => {
        const onStart = (child) => child.stdout.on('data', (chunk) => /"retry"/.test(chunk) && gate.release());
        const patience = ['--ping-interval', '1000', '--retry-timeout', '1000', '--retries', '5'];
        const command = ['pull', nginx.url, '-o', 'x.tar', '--json', '--ca-file', nginx.certificate, '--files', 'socket', ...patience];
        const result = await wsferry(command, { token: server.tokens.pull, onStart });
        assertExit(result, exit.done);
        const [first] = result.stdout.split('\n').filter((line) => line.includes('"retry"')).map((line) => JSON.parse(line));
        assert.equal(first?.error, 'connectionLost', result.stdout);
        assert.ok(lastEvent(result.stdout).attempts > 1);
      });
    } finally {
      gate.close();
    }
  });
}
