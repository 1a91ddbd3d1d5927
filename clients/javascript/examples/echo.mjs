#!/usr/bin/env node
// Sends what is typed to the other end of a link, and shows what comes back.
//
//     p2pfwd listen-key --port 17172 --key-file key --echo          (the other end)
//     examples/echo.mjs --remote-host 127.0.0.1 --remote-port 17172 --key-file key

import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';

import { ClientError, SRMUDPWebSocketClient, Status } from '../p2pfwd.js';

const text = { type: 'string' };
const { values: given } = parseArgs({
    options: {
        host: { ...text, default: 'localhost' }, port: { ...text, default: '17017' }, token: text,
        'remote-host': text, 'remote-port': text, key: text, 'key-file': text,
        message: { ...text, multiple: true },
    },
});

async function main() {
    // A key in a file is not seen by who lists processes.
    const key = given.key ?? (given['key-file'] && readFileSync(given['key-file'], 'utf8').trim());
    if (!given['remote-host'] || !given['remote-port'] || !key) {
        console.error('needed: --remote-host, --remote-port and --key or --key-file');
        return 2;
    }
    const host = given.host.includes(':') ? `[${given.host}]` : given.host;
    const client = new SRMUDPWebSocketClient(
        `ws://${host}:${given.port}`, given['remote-host'], Number(given['remote-port']), key,
        { token: given.token });
    client.addEventListener('status', ({ detail }) => {
        console.error(`${detail.status}: ${detail.message}`);
    });
    client.addEventListener('error', ({ detail }) => console.error(`error: ${detail.message}`));
    await client.connect();
    await client.waitFor(Status.established);
    if (given.message) {
        // With messages as arguments: each must come back, and that is all.
        for (const message of given.message) {
            await client.sendText(message);
            console.log(await client.receive({ timeout: 10_000 }));
        }
    } else {
        client.onmessage = (message) => console.log(message);
        for await (const line of createInterface({ input: process.stdin })) {
            await client.sendText(line);
        }
    }
    await client.close();
    return 0;
}

try {
    process.exitCode = await main();
} catch (error) {
    if (!(error instanceof ClientError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
}
