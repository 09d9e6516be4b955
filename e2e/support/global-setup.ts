import { startServedBackend } from './serve.ts';

/** Starts the product in a process of its own, as `npm start` does, and tells the journeys where it is. */
export default async function setup(): Promise<() => Promise<void>> {
	const { backend, close } = await startServedBackend();
	process.env['CHATIQ_BACKEND'] = JSON.stringify(backend);
	return close;
}
