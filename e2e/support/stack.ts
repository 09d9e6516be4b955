import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startStack } from '../../tools/stack/src/stack.ts';
import type { Backend } from './backend.ts';

/** Where a stack keeps its data and listens; without it, on new data and a free port. */
export interface Place {
	dataDirectory: string;
	port: number;
}

/** The whole product. Data of its own is gone when it is closed; data that it was given stays. */
export async function startBackend(
	place?: Place
): Promise<{ backend: Backend; close(): Promise<void> }> {
	const { dataDirectory, port } = place ?? { dataDirectory: await newDataDirectory(), port: 0 };
	const stack = await startStack({
		root: join(import.meta.dirname, '..', '..'),
		dataDirectory,
		port,
		// What survives a kill must be on the disk.
		durable: place !== undefined
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
			if (!place) await rm(dataDirectory, { recursive: true, force: true });
		}
	};
}

export function newDataDirectory(): Promise<string> {
	return mkdtemp(join(tmpdir(), 'chatiq-e2e-'));
}
