import { expect, it } from 'vitest';
import { uuidv7 } from './ids.ts';

it('is a UUID of version 7 that tells its time', () => {
	const now = Date.now() + 60_000;
	const id = uuidv7(now);
	expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
	expect(Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16)).toBe(now);
});

it('is greater than the one before, in one millisecond and when the clock is put back', () => {
	const now = Date.now() + 120_000;
	const ids = Array.from({ length: 10_000 }, (_, i) => uuidv7(i < 9000 ? now : now - 3_600_000));
	expect(ids).toEqual(ids.toSorted());
	expect(new Set(ids).size).toBe(ids.length);
});
