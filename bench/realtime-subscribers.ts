/** A process of its own, so that the subscribers' work does not count as the server's. */
import { once } from 'node:events';
import { WebSocket } from 'ws';

export interface Report {
	latencies: number[];
	/** From the first delivery to the last. */
	spanMs: number;
}

const [url = '', key = '', token = '', topic = '', size = '1'] = process.argv.slice(2);
const latencies: number[] = [];
let first = 0;
let last = 0;

const now = (): number => performance.timeOrigin + performance.now();
const sockets = await Promise.all(Array.from({ length: Number(size) }, subscribe));
process.send?.('joined');
const [expected] = (await once(process, 'message')) as [number];
const deadline = now() + 60_000;
while (latencies.length < expected && now() < deadline) {
	await new Promise((resolve) => setTimeout(resolve, 20));
}
const report: Report = { latencies, spanMs: last - first };
process.send?.(report, () => {
	for (const socket of sockets) socket.terminate();
	process.disconnect();
});

async function subscribe(): Promise<WebSocket> {
	const socket = new WebSocket(`${url}/realtime/v1/websocket?apikey=${key}&vsn=2.0.0`);
	await once(socket, 'open');
	const join = { config: { private: true }, access_token: token };
	socket.send(JSON.stringify(['1', '1', `realtime:${topic}`, 'phx_join', join]));
	const [answer] = (await once(socket, 'message')) as [Buffer];
	if (!answer.includes('"status":"ok"')) throw new Error(answer.toString());
	socket.on('message', receive);
	return socket;
}

function receive(data: Buffer, binary: boolean): void {
	if (!binary) return;
	const arrived = now();
	const body = data.subarray(data.lastIndexOf('{"id"'));
	const sent = /"sent": ?([\d.]+)/.exec(body.toString())?.[1];
	if (sent === undefined) throw new Error(`no time in ${data.toString()}`);
	latencies.push(arrived - Number(sent));
	first ||= arrived;
	last = arrived;
}
