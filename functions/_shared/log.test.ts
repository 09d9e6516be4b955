import { afterEach, expect, it, vi } from 'vitest';
import { logError } from './log.ts';

afterEach(() => void vi.restoreAllMocks());

it('a line of the log is JSON without addresses and without values of rows', () => {
	const write = vi.spyOn(console, 'error').mockReturnValue();
	const cause = new Error('Key (email)=(ada@example.com) already exists, said bob@example.com');
	logError(
		'job',
		Object.assign(new Error('refused by ada@example.com', { cause }), { code: 'E1' }),
		{ id: 'x' }
	);
	const line = String(write.mock.calls[0]?.[0]);
	expect(JSON.parse(line)).toMatchObject({ level: 'error', event: 'job', id: 'x', code: 'E1' });
	expect(line).not.toContain('example.com');
	expect(line).toContain('(email)=(…)');
});
