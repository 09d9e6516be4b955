import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startStack } from '../../tools/stack/src/stack.ts';
import type { Backend } from './backend.ts';

/** The whole product on a free port and on data of its own, gone when closed. */
export async function startBackend(): Promise<{ backend: Backend; close(): Promise<void> }> {
	const dataDirectory = await mkdtemp(join(tmpdir(), 'chatiq-e2e-'));
	const stack = await startStack({
		root: join(import.meta.dirname, '..', '..'),
		dataDirectory,
		port: 0,
		durable: false
	});
	return {
		backend: {
			url: stack.url,
			publishableKey: stack.keys.publishableKey,
			secretKey: stack.keys.secretKey,
			jwtSecret: stack.keys.jwtSecret,
			databaseUrl: stack.databaseUrl
		},
		async close() {
			await stack.close();
			await rm(dataDirectory, { recursive: true, force: true });
		}
	};
}
