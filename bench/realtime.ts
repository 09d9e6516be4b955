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

/** Milliseconds. */
export interface Spread {
	p50: number;
	p95: number;
	p99: number;
}

export interface FanOut {
	subscribers: number;
	/** From the start of their process to the last answered join. */
	joinMs: number;
	deliveries: number;
	deliveriesPerSecond: number;
	latency: Spread;
}

export interface RealtimeMeasurement {
	durable: boolean;
	commitToClient: Spread & { messages: number };
	fanOut: FanOut[];
}

export interface RealtimeBenchOptions {
	/** How many subscribers hear each message, one measurement each. */
	subscribers?: number[];
	/** Whether commits wait for the disk, as they do in `npm start`. */
	durable?: boolean;
}

interface Bench {
	subscribe(size: number): Promise<ChildProcess>;
	send(padding?: string): Promise<void>;
	close(): Promise<void>;
}

const topic = 'conversation:bench';
const pacedMessages = 500;
const warmUpMessages = 100;
const fanOutMessages = 400;

if (process.argv[1] === import.meta.filename) {
	const subscribers = process.argv.slice(2).map(Number).filter(Number.isFinite);
	const measured = await measureRealtime({
		...(subscribers.length > 0 ? { subscribers } : {}),
		durable: process.env.DURABLE === '1'
	});
	for (const line of describeRealtime(measured)) console.log(line);
}

/** Boots a Postgres and a Realtime server of its own; subscribers are another process. */
export async function measureRealtime(
	options: RealtimeBenchOptions = {}
): Promise<RealtimeMeasurement> {
	const { subscribers = [100, 500], durable = false } = options;
	const bench = await boot(durable);
	try {
		const commitToClient = await measureLatency(bench);
		const fanOut: FanOut[] = [];
		for (const size of subscribers) fanOut.push(await measureFanOut(bench, size));
		return { durable, commitToClient, fanOut };
	} finally {
		await bench.close();
	}
}

export function describeRealtime({
	durable,
	commitToClient,
	fanOut
}: RealtimeMeasurement): string[] {
	const words = ({ p50, p95, p99 }: Spread): string =>
		`p50 ${p50.toFixed(2)} ms, p95 ${p95.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms`;
	return [
		`commit → client, ${commitToClient.messages} paced messages, fsync ${durable ? 'on' : 'off'}: ${words(commitToClient)}`,
		...fanOut.map(
			({ subscribers, joinMs, deliveries, deliveriesPerSecond, latency }) =>
				`${subscribers} subscribers: joined in ${Math.round(joinMs)} ms with process start, ${deliveries} deliveries, ${Math.round(deliveriesPerSecond)}/s, ${words(latency)}`
		)
	];
}

async function boot(durable: boolean): Promise<Bench> {
	const directory = await mkdtemp(path.join(tmpdir(), 'chatiq-bench-'));
	const database = await startPostgres({ dataDirectory: path.join(directory, 'data'), durable });
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
	return {
		subscribe: (size) => subscribe([url, keys.publishableKey, token, topic, String(size)]),
		// The payload carries the time just before the statement that commits it.
		async send(padding = '') {
			const payload = { sent: performance.timeOrigin + performance.now(), padding };
			await sql`select realtime.send(${sql.json(payload)}, 'm', ${topic}, true)`;
		},
		async close() {
			await realtime.close();
			server.close();
			await sql.end();
			await database.stop();
			await rm(directory, { recursive: true, force: true });
		}
	};
}

async function subscribe(parameters: string[]): Promise<ChildProcess> {
	const child = fork(new URL('./realtime-subscribers.ts', import.meta.url), parameters);
	await once(child, 'message');
	return child;
}

async function measureLatency(bench: Bench): Promise<RealtimeMeasurement['commitToClient']> {
	const subscriber = await bench.subscribe(1);
	for (let n = 0; n < pacedMessages; n++) {
		await bench.send();
		await delay(3);
	}
	const { latencies } = await finish(subscriber, pacedMessages);
	latencies.splice(0, warmUpMessages);
	return { messages: latencies.length, ...spread(latencies) };
}

async function measureFanOut(bench: Bench, size: number): Promise<FanOut> {
	const begin = performance.now();
	const subscribers = await bench.subscribe(size);
	const joinMs = performance.now() - begin;
	for (let n = 0; n < fanOutMessages; n++) await bench.send('x'.repeat(200));
	const { latencies, spanMs } = await finish(subscribers, fanOutMessages * size);
	return {
		subscribers: size,
		joinMs,
		deliveries: latencies.length,
		deliveriesPerSecond: (latencies.length / spanMs) * 1000,
		latency: spread(latencies)
	};
}

async function finish(child: ChildProcess, expected: number): Promise<Report> {
	child.send(expected);
	const [report] = (await once(child, 'message')) as [Report];
	await once(child, 'exit');
	return report;
}

function spread(values: number[]): Spread {
	const sorted = values.toSorted((a, b) => a - b);
	const at = (share: number): number =>
		sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
	return { p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}
