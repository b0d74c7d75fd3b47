// Real Strapi servers, through the control script of strapi-lab.

import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

const strapiLab = path.join(import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname), 'strapi-lab');
const control = path.join(strapiLab, 'lab');

// Whether each file below `from` is below `to`, too, and the same.
function isCopied(from, to) {
  return fs.readdirSync(from, { withFileTypes: true }).every((entry) => {
    const [source, copy] = [path.join(from, entry.name), path.join(to, entry.name)];
    return entry.isDirectory() ? isCopied(source, copy) : fs.existsSync(copy) && fs.readFileSync(source).equals(fs.readFileSync(copy));
  });
}

// What outlives this program unless somebody ends it.
const endings = new Set();

// Has `end` called when this program ends, by a signal too: it ends something at once, and waits for
// nothing that this program does. Gives a function that takes it back.
export function endAtExit(end) {
  endings.add(end);
  return () => endings.delete(end);
}

// What was started last ends first.
process.on('exit', () => {
  for (const end of [...endings].reverse()) {
    try {
      end();
    } catch (error) {
      console.error(`at the end: ${error.message}`);
    }
  }
});

// Runs a program to its end. `onStart` gets the process; a program that outlives the limit is killed
// with all that it started.
export function run(command, args, { limitSeconds = 300, onStart, ...options } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], detached: true, ...options });
    const stdout = [];
    let stderr = '';
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      process.kill(-child.pid, 'SIGKILL');
    }, limitSeconds * 1000);
    const forget = endAtExit(() => child.exitCode ?? child.signalCode ?? process.kill(-child.pid, 'SIGKILL'));
    child.stdout.on('data', (chunk) => stdout.push(chunk));
    child.stderr.on('data', (chunk) => (stderr += chunk));
    child.on('error', (error) => {
      forget();
      clearTimeout(timer);
      reject(error);
    });
    child.on('close', (status, signal) => {
      forget();
      clearTimeout(timer);
      const bytes = Buffer.concat(stdout);
      resolve({ status, signal: timedOut ? `timed out after ${limitSeconds} s` : signal, bytes, stdout: bytes.toString(), stderr });
    });
    onStart?.(child);
  });
}

export class Lab {
  // A lab of the given major version of Strapi in `dir`, installed there when it is not yet. One that
  // was installed with other content types, configuration, seeds or tools than these gets these.
  static async open(major, dir) {
    const lab = new Lab(major, path.resolve(dir));
    const variant = major === 4 ? ['--v4'] : [];
    const project = (name) => (major === 4 ? `v4/${name}` : name);
    const copied = { [project('src')]: 'src', [project('config')]: 'config', 'src/lab': 'src/lab', tools: 'tools' };
    const lockOf = (dir) => fs.readFileSync(path.join(dir, 'package-lock.json'), 'utf8');
    const isInstalled = fs.existsSync(path.join(lab.dir, 'node_modules', '@strapi', 'strapi'));
    if (!isInstalled || lockOf(path.join(strapiLab, major === 4 ? 'v4' : '')) !== lockOf(lab.dir)) {
      process.stdout.write(`installing Strapi ${major}: some minutes\n`);
      await lab.call(['install', ...variant, lab.dir], 1800);
    } else if (!Object.entries(copied).every(([from, to]) => isCopied(path.join(strapiLab, from), path.join(lab.dir, to)))) {
      await lab.call(['install', '--skip-npm', ...variant, lab.dir]);
    }
    return lab;
  }

  constructor(major, dir) {
    this.major = major;
    this.dir = dir;
    // Names of our own: the lab may be in use by others.
    this.prefix = `interop-${process.pid}-`;
    this.names = new Set();
    endAtExit(() => this.names.size && spawnSync(process.execPath, [control, 'remove', ...this.ownNames()], { env: this.environment() }));
  }

  environment() {
    return { ...process.env, LAB_DIR: this.dir };
  }

  ownNames() {
    return [...this.names].map((name) => this.prefix + name);
  }

  async call(args, limitSeconds = 600, variables = {}) {
    const result = await this.tryCall(args, limitSeconds, variables);
    if (result.status !== 0) {
      throw new Error(`lab ${args.join(' ')} ended with ${result.status ?? result.signal}:\n${result.stdout}${result.stderr}`);
    }
    return result.stdout;
  }

  tryCall(args, limitSeconds = 600, variables = {}) {
    return run(process.execPath, [control, ...args], { limitSeconds, env: { ...this.environment(), ...variables } });
  }

  own(name) {
    this.names.add(name);
    return this.prefix + name;
  }

  async create(name, ...options) {
    return JSON.parse(await this.call(['create', this.own(name), ...options])).dir;
  }

  // Starts a server; gives its url, port, pid and tokens.
  async start(name, ...options) {
    return JSON.parse(await this.call(['start', this.own(name), '0', ...options]));
  }

  // The same with more variables. Its folder is made without them, as it is a copy of one that all use.
  async startWith(variables, name) {
    if (!fs.existsSync(this.directory(name))) {
      await this.create(name);
    }
    return JSON.parse(await this.call(['start', this.own(name), '0'], 600, variables));
  }

  // A server that was started.
  running(name) {
    return JSON.parse(fs.readFileSync(path.join(this.directory(name), 'lab.json'), 'utf8'));
  }

  // Whether the project's lifecycle hooks are on again once a transfer has ended. The server ends it
  // when it sees the end of the connection.
  async hooksAreOn(name) {
    const last = () => fs.readFileSync(path.join(this.directory(name), 'server.log'), 'utf8').match(/(Disabling|Restoring) lifecycle hooks/g).at(-1);
    for (let tries = 0; tries < 100 && !last().startsWith('Restoring'); tries += 1) {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    return last().startsWith('Restoring');
  }

  async stop(name) {
    await this.call(['stop', this.own(name)]);
  }

  async import(name, file, ...options) {
    await this.call(['official-import', this.own(name), file, ...options]);
  }

  // Whether content and assets of two servers are the same, and whether their configuration is; the
  // differences of all three as text.
  async compare(a, b) {
    const result = await this.tryCall(['compare', this.own(a), this.own(b)]);
    if (result.status !== 0 && result.status !== 3) {
      throw new Error(`lab compare: ${result.stderr}`);
    }
    const { sameConfiguration } = JSON.parse(result.stdout.split('\n')[0]);
    return { same: result.status === 0, sameConfiguration, text: result.stdout };
  }

  // Strapi's own client, pulling from any server.
  async officialPull(url, file, token) {
    return JSON.parse(await this.call(['official-pull', url, file, '--token', token]));
  }

  // Strapi's own client, pushing an archive into any server.
  async officialPush(url, file, token) {
    return JSON.parse(await this.call(['official-push', url, file, '--token', token]));
  }

  // Strapi's own export, encrypted with `--key KEY`. The server must be stopped.
  async export(name, file, ...options) {
    await this.call(['official-export', this.own(name), file, ...options]);
  }

  // Digests of a server's content, assets and configuration.
  async digest(name) {
    const { content, assets, configuration } = JSON.parse(await this.call(['digest', this.own(name)]));
    return { content, assets, configuration };
  }

  // Count and digest of each table's rows, links left out.
  async tables(name) {
    return JSON.parse(await this.call(['digest', this.own(name), '--full'])).entities;
  }

  directory(name) {
    return path.join(this.dir, 'instances', this.own(name));
  }

  withDatabase(name, options, use) {
    const Database = createRequire(path.join(this.dir, 'package.json'))('better-sqlite3');
    const database = new Database(path.join(this.directory(name), 'data.db'), options);
    try {
      return use(database);
    } finally {
      database.close();
    }
  }

  query(name, statement) {
    return this.withDatabase(name, { readonly: true }, (database) => database.prepare(statement).all());
  }

  // Changes rows of a server that runs or not; gives how many.
  change(name, statement, ...values) {
    return this.withDatabase(name, {}, (database) => database.prepare(statement).run(...values).changes);
  }

  // How many rows a table has.
  rows(name, table) {
    return this.query(name, `select count(*) as count from ${table}`)[0].count;
  }

  administrators(name) {
    return this.query(name, 'select id, email, password from admin_users order by id');
  }

  // An administrator with known secrets, to search archives for. The server must not have started.
  plantAdministrator(name, { email, password }) {
    this.change(name, 'insert into admin_users (firstname, email, password, is_active) values (?, ?, ?, 1)', 'Planted', email, password);
  }

  // A difference of configuration. The server must not have started.
  plantWebhook(name, title) {
    this.change(name, 'insert into strapi_webhooks (name, url, headers, events, enabled) values (?, ?, ?, ?, 0)', title, 'http://127.0.0.1:9/', '{}', '[]');
  }

  async removeAll() {
    for (const name of this.ownNames()) {
      await this.call(['remove', name]);
    }
    this.names.clear();
  }
}
