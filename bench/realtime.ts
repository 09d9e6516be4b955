/**
 * Measures the local Realtime server: commit → client latency, joins, fan-out.
 * Run: node bench/realtime.ts [subscribers …]
 */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { SignJWT } from 'jose';
import postgres from 'postgres';
import { bootstrap } from '../tools/stack/src/bootstrap.ts';
import { generateKeys } from '../tools/stack/src/keys.ts';
import { startPostgres } from '../tools/stack/src/postgres.ts';
import { installRealtime } from '../tools/stack/src/realtime/install.ts';
import { startRealtime } from '../tools/stack/src/realtime/server.ts';
import { createVerifier } from '../tools/stack/src/tokens.ts';
import type { Report } from './realtime-subscribers.ts';

const sizes = process.argv.slice(2).map(Number).filter(Number.isFinite);
const topic = 'conversation:bench';

const directory = await mkdtemp(path.join(tmpdir(), 'chatiq-bench-'));
const database = await startPostgres({
	dataDirectory: path.join(directory, 'data'),
	durable: process.env.DURABLE === '1'
});
const databaseUrl = database.url();
await bootstrap({ databaseUrl });
await installRealtime(databaseUrl);
const keys = await generateKeys();
const verifier = createVerifier(keys);
const realtime = await startRealtime({
	databaseUrl,
	verifyToken: (token) => verifier.verify(token),
	apiKeys: new Map([[keys.publishableKey, 'anon']]),
	limits: { eventsPerSecond: Infinity, joinsPerSecond: Infinity, connections: Infinity }
});
const server = createServer((request, response) => void realtime.handle(request, response));
server.on('upgrade', (request, socket, head) => realtime.upgrade(request, socket, head));
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
const token = await new SignJWT({ role: 'authenticated' })
	.setProtectedHeader({ alg: 'HS256' })
	.setExpirationTime('1h')
	.sign(new TextEncoder().encode(keys.jwtSecret));
const sql = postgres(databaseUrl, { max: 8, onnotice: () => undefined });
await sql`create policy "all" on realtime.messages for select to authenticated using (true)`;

console.log(`fsync ${process.env.DURABLE === '1' ? 'on' : 'off'}`);
await latency();
for (const size of sizes.length > 0 ? sizes : [100, 500]) await fanOut(size);

await realtime.close();
server.close();
await sql.end();
await database.stop();
await rm(directory, { recursive: true, force: true });

async function latency(): Promise<void> {
	const subscriber = await start(1);
	for (let n = 0; n < 500; n++) {
		await send();
		await delay(3);
	}
	const { latencies } = await finish(subscriber, 500);
	latencies.splice(0, 100); // the first ones warm up
	console.log(`commit → client, ${latencies.length} paced messages: ${spread(latencies)}`);
}

async function fanOut(size: number): Promise<void> {
	const messages = 400;
	const begin = performance.now();
	const subscribers = await start(size);
	console.log(
		`${size} private joins: ${Math.round(performance.now() - begin)} ms with process start`
	);
	for (let n = 0; n < messages; n++) await send('x'.repeat(200));
	const { latencies, spanMs } = await finish(subscribers, messages * size);
	const rate = Math.round((latencies.length / spanMs) * 1000);
	console.log(
		`${size} subscribers × ${messages} messages: ${latencies.length} deliveries, ${rate}/s, ${spread(latencies)}, server ${Math.round(process.memoryUsage().rss / 1e6)} MB`
	);
}

/** The payload carries the time just before the statement that commits it. */
async function send(padding = ''): Promise<void> {
	const payload = { sent: performance.timeOrigin + performance.now(), padding };
	await sql`select realtime.send(${sql.json(payload)}, 'm', ${topic}, true)`;
}

async function start(size: number): Promise<ChildProcess> {
	const script = new URL('./realtime-subscribers.ts', import.meta.url);
	const child = fork(script, [url, keys.publishableKey, token, topic, String(size)]);
	await once(child, 'message');
	return child;
}

async function finish(child: ChildProcess, expected: number): Promise<Report> {
	child.send(expected);
	const [report] = (await once(child, 'message')) as [Report];
	await once(child, 'exit');
	return report;
}

function spread(values: number[]): string {
	const sorted = values.toSorted((a, b) => a - b);
	const at = (share: number): string =>
		(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN).toFixed(2);
	return `p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, p99 ${at(0.99)} ms`;
}
