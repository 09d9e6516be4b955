import { createDecipheriv, createECDH, hkdfSync, randomBytes } from 'node:crypto';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

interface Received {
	path: string;
	headers: IncomingHttpHeaders;
	/** What the browser reads. */
	message: unknown;
}

/** A push service and its browsers, as the other side of RFC 8030 and RFC 8291. */
export interface PushService {
	origin: string;
	received: Received[];
	/** What it answers from now on. */
	status: number;
	/** What a browser's `PushSubscription` says. */
	subscribe(): { endpoint: string; p256dh: string; auth: string };
	close(): Promise<void>;
}

export async function startPushService(): Promise<PushService> {
	const browsers = new Map<string, (body: Buffer) => unknown>();
	const server = createServer((request, response) => {
		void request.toArray().then((chunks: Buffer[]) => {
			const path = request.url ?? '';
			const read = browsers.get(path);
			if (read)
				service.received.push({
					path,
					headers: request.headers,
					message: read(Buffer.concat(chunks))
				});
			response.writeHead(read ? service.status : 404).end();
		});
	});
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	const origin = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
	const service: PushService = {
		origin,
		received: [],
		status: 201,
		subscribe() {
			const path = `/send/${randomBytes(16).toString('hex')}`;
			const keys = createECDH('prime256v1');
			const [publicKey, auth] = [keys.generateKeys(), randomBytes(16)];
			browsers.set(path, (body) =>
				JSON.parse(decrypt(body, { auth, publicKey, secret: (key) => keys.computeSecret(key) }))
			);
			return {
				endpoint: origin + path,
				p256dh: publicKey.toString('base64url'),
				auth: auth.toString('base64url')
			};
		},
		async close() {
			server.closeAllConnections();
			server.close();
			await once(server, 'close');
		}
	};
	return service;
}

interface Browser {
	auth: Buffer;
	publicKey: Buffer;
	secret: (senderKey: Buffer) => Buffer;
}

/** RFC 8188 with one record, its key made as RFC 8291 says. */
function decrypt(body: Buffer, { auth, publicKey, secret }: Browser): string {
	const salt = body.subarray(0, 16);
	const keyLength = body.readUInt8(20);
	const senderKey = body.subarray(21, 21 + keyLength);
	const record = body.subarray(21 + keyLength);
	const derive = (from: Buffer, with_: Buffer, info: Buffer, length: number) =>
		Buffer.from(hkdfSync('sha256', from, with_, info, length));
	const keyInfo = Buffer.concat([Buffer.from('WebPush: info\0'), publicKey, senderKey]);
	const material = derive(secret(senderKey), auth, keyInfo, 32);
	const key = derive(material, salt, Buffer.from('Content-Encoding: aes128gcm\0'), 16);
	const nonce = derive(material, salt, Buffer.from('Content-Encoding: nonce\0'), 12);
	const decipher = createDecipheriv('aes-128-gcm', key, nonce);
	decipher.setAuthTag(record.subarray(-16));
	const padded = Buffer.concat([decipher.update(record.subarray(0, -16)), decipher.final()]);
	return padded.subarray(0, padded.lastIndexOf(2)).toString('utf8');
}
