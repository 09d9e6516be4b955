import type { TestProject } from 'vitest/node';
import type { Backend } from '../support/backend.ts';
import { startServedBackend } from '../support/serve.ts';

declare module 'vitest' {
	interface ProvidedContext {
		backend: Backend;
	}
}

/** The stack in a process of its own: the clients here must not take turns with the server. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
	const { backend, close } = await startServedBackend();
	project.provide('backend', backend);
	return close;
}
