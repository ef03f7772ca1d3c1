// Drives the official SDK for the program beside this file: one request a line on standard input, one answer a line on
// standard output, both JSON. `node drive.mjs FOLDER`, where FOLDER has the node_modules of package-lock.json.
//
// Bytes travel as {"$bytes": "<base64>"}, maps as {"$map": [[key, value], …]}. An answer is {"ok": value} or
// {"error": "what the SDK threw"}. Nothing of the SDK is known here but the names of its functions.

import crypto from 'node:crypto';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

// The SDK logs to the console; standard output is for answers.
for (const level of ['log', 'info', 'debug', 'warn', 'error', 'trace']) console[level] = () => {};

const require = createRequire(join(process.argv[2], 'package.json'));
const packages = {
  current: '@bitwarden/sdk-internal',
  between: 'sdk-internal-between',
  older: 'sdk-internal-older',
  decoding: 'sdk-internal-decoding',
  first: 'sdk-internal-first',
};
const loaded = new Map();
const clients = new Map();
const called = new Set();

function sdk(name) {
  if (!loaded.has(name)) {
    const module = require(packages[name] ?? name);
    module.init_sdk?.(module.LogLevel.Error);
    loaded.set(name, module);
  }
  return loaded.get(name);
}

function revive(value) {
  if (Array.isArray(value)) return value.map(revive);
  if (value === null || typeof value !== 'object') return value ?? undefined;
  if ('$bytes' in value) return new Uint8Array(Buffer.from(value.$bytes, 'base64'));
  if ('$map' in value) return new Map(value.$map.map(([key, entry]) => [key, revive(entry)]));
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, revive(entry)]));
}

function flatten(value) {
  if (value === undefined || value === null) return null;
  if (value instanceof Uint8Array) return { $bytes: Buffer.from(value).toString('base64') };
  if (value instanceof Map) return { $map: [...value].map(([key, entry]) => [key, flatten(entry)]) };
  if (typeof value === 'bigint') return Number(value);
  if (Array.isArray(value)) return value.map(flatten);
  if (typeof value === 'object') {
    return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, flatten(entry)]));
  }
  return value;
}

/** What the SDK keeps through its host: a repository in memory for everything it asks for. */
function repository() {
  const held = new Map();
  return {
    held,
    get: async (id) => held.get(id) ?? null,
    list: async () => [...held.values()],
    set: async (id, value) => void held.set(id, value),
    setBulk: async (values) => values.forEach(([id, value]) => held.set(id, value)),
    remove: async (id) => void held.delete(id),
    removeBulk: async (ids) => ids.forEach((id) => held.delete(id)),
    removeAll: async () => held.clear(),
  };
}

const repositoryNames = ['cipher', 'folder', 'local_user_data_key_state', 'organization_shared_key', 'send'];

/** The clients whose rows show what they do where their host keeps nothing. */
const withoutRepositories = new Set(['between', 'older']);

async function open(name, flags, hosts) {
  const { PasswordManagerClient, BitwardenClient, ManagedSettingsClient } = sdk(name);
  // What the client is called was changed in 2025.
  const Client = PasswordManagerClient ?? BitwardenClient;
  const settings = ManagedSettingsClient && new ManagedSettingsClient();
  const client = new Client({ get_access_token: async () => undefined }, hosts, settings);
  const repositories = Object.fromEntries(repositoryNames.map((key) => [key, repository()]));
  const platform = client.platform?.();
  if (!withoutRepositories.has(name)) platform?.state?.().register_client_managed_repositories?.(repositories);
  await platform?.load_flags?.(new Map(Object.entries(flags)));
  clients.set(clients.size + 1, { client, repositories });
  return clients.size;
}

/** `Class.method`, static; `part.part.method` of a client, each part a client's method without arguments; `function`. */
async function call({ sdk: name, client, path, args }) {
  const parts = path.split('.');
  const method = parts.pop();
  let holder = client === null ? sdk(name) : clients.get(client).client;
  for (const part of parts) holder = client === null ? holder[part] : holder[part]();
  const label = client === null ? path : `${holder.constructor.name}.${method}`;
  if (typeof holder?.[method] !== 'function') throw new Error(`the SDK has no ${path}`);
  called.add(`${name} ${label}`);
  return flatten(await holder[method](...args.map(revive)));
}

/** Every public function, as `Class.method` or `function`. */
function offered(name) {
  const found = [];
  for (const [label, value] of Object.entries(sdk(name))) {
    if (typeof value !== 'function' || label.startsWith('__')) continue;
    if (!/^[A-Z]/.test(label)) {
      found.push(label);
      continue;
    }
    const methods = (object) =>
      Object.entries(Object.getOwnPropertyDescriptors(object)).filter(([, { value }]) => typeof value === 'function');
    for (const [method] of [...methods(value), ...methods(value.prototype ?? {})]) {
      if (!['constructor', 'free', 'prototype'].includes(method) && !method.startsWith('__')) {
        found.push(`${label}.${method}`);
      }
    }
  }
  return found.sort();
}

/** A third party: what the SDK reads but does not write is made by Node's own cryptography. */
const node = {
  rsaOaep: (hash, spki, data) =>
    crypto.publicEncrypt(
      {
        key: crypto.createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' }),
        padding: crypto.constants.RSA_PKCS1_OAEP_PADDING,
        oaepHash: hash,
      },
      data,
    ),
  aesCbc: (key, iv, data) => {
    const cipher = crypto.createCipheriv('aes-256-cbc', key, iv);
    return Buffer.concat([cipher.update(data), cipher.final()]);
  },
  sha256: (data) => crypto.createHash('sha256').update(data).digest(),
  // RFC 5869, section 2.3, for one block.
  hkdfExpand: (prk, info) => crypto.createHmac('sha256', prk).update(info).update(Uint8Array.of(1)).digest(),
};

const operations = {
  open: ({ sdk: name, flags, hosts }) => open(name, flags ?? {}, hosts),
  close: ({ client }) => {
    clients.get(client).client.free();
    clients.set(client, undefined);
  },
  call,
  offered: ({ sdk: name }) => offered(name),
  called: ({ sdk: name }) => {
    const own = [...called].filter((label) => label.startsWith(`${name} `)).map((label) => label.slice(name.length + 1));
    called.clear();
    return own.sort();
  },
  held: ({ client, repository }) => flatten([...clients.get(client).repositories[repository].held.values()]),
  node: ({ path, args }) => flatten(node[path](...args.map(revive))),
};

for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
  let answer;
  try {
    const request = JSON.parse(line);
    answer = { ok: (await operations[request.op](request)) ?? null };
  } catch (error) {
    answer = { error: String(error?.message ?? error) };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
