import type { TestProject } from 'vitest/node';
import type { Backend } from '../support/backend.ts';
import { startBackend } from '../support/stack.ts';

declare module 'vitest' {
	interface ProvidedContext {
		backend: Backend;
	}
}

/** One stack for all files: each file makes tenants of its own. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
	const { backend, close } = await startBackend();
	project.provide('backend', backend);
	return close;
}
