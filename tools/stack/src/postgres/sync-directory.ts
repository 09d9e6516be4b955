import { open } from 'node:fs/promises';

/** A rename or removal is durable only once the parent directory is. Windows cannot sync a directory. */
export async function syncDirectory(directory: string): Promise<void> {
	if (process.platform === 'win32') return;
	const handle = await open(directory);
	try {
		await handle.sync();
	} finally {
		await handle.close();
	}
}
