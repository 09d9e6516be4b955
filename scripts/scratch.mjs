import { accessSync, constants, statfsSync } from 'node:fs';
import { freemem, tmpdir } from 'node:os';

const memoryFolder = '/dev/shm';
/** Several databases at once, and what failed tests leave until the end. */
const enoughBytes = 6 * 1024 ** 3;

/** Where tests put what nobody needs afterwards: in memory where there is plenty, for disks are slow. */
export function scratchParent() {
	try {
		accessSync(memoryFolder, constants.W_OK);
		const { bavail, bsize } = statfsSync(memoryFolder);
		if (Math.min(bavail * bsize, freemem()) >= enoughBytes) return memoryFolder;
	} catch {
		// Not every system has it.
	}
	return tmpdir();
}
