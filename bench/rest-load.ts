/** A process of its own, so that the client's work does not count as the server's. */
import { Agent, request } from 'node:http';

export interface RestLoad {
	requestsPerSecond: number;
	p50: number;
	p95: number;
	failed: number;
}

const [url = '', key = '', token = '', connections = '32', seconds = '5'] = process.argv.slice(2);
const agent = new Agent({ keepAlive: true, maxSockets: Number(connections) });
const headers = { apikey: key, authorization: `Bearer ${token}` };

await during(1_500); // the first ones warm up
const { latencies, failed, spanMs } = await during(Number(seconds) * 1_000);
latencies.sort((a, b) => a - b);
const at = (share: number): number => latencies[Math.floor(latencies.length * share)] ?? NaN;
const load: RestLoad = {
	requestsPerSecond: (latencies.length / spanMs) * 1_000,
	p50: at(0.5),
	p95: at(0.95),
	failed
};
agent.destroy();
process.send?.(load, () => process.disconnect());

async function during(
	ms: number
): Promise<{ latencies: number[]; failed: number; spanMs: number }> {
	const latencies: number[] = [];
	let failed = 0;
	const begin = performance.now();
	const ask = async (): Promise<void> => {
		while (performance.now() - begin < ms) {
			const sent = performance.now();
			if ((await get()) === 200) latencies.push(performance.now() - sent);
			else failed++;
		}
	};
	await Promise.all(Array.from({ length: Number(connections) }, ask));
	return { latencies, failed, spanMs: performance.now() - begin };
}

function get(): Promise<number> {
	return new Promise((resolve, reject) => {
		const sent = request(url, { agent, headers }, (response) => {
			response.resume();
			response.on('end', () => resolve(response.statusCode ?? 0));
		});
		sent.on('error', reject);
		sent.end();
	});
}
