import { requestScope } from './request-scope.ts';

export type ByteRange = { start: number; end: number };

/** The range that the current request asks for; null for all of it (RFC 9110, one range only). */
export function requestedRange(size: number): ByteRange | 'unsatisfiable' | null {
	const header = requestScope.getStore()?.headers.get('range') ?? '';
	const match = /^bytes=(\d*)-(\d*)$/.exec(header);
	if (match === null) return null;
	const [, first = '', last = ''] = match;
	if (first === '' && last === '') return null;
	if (first === '') {
		const length = Math.min(Number(last), size);
		return length === 0 ? 'unsatisfiable' : { start: size - length, end: size - 1 };
	}
	const start = Number(first);
	const end = last === '' ? size - 1 : Math.min(Number(last), size - 1);
	if (last !== '' && Number(last) < start) return null;
	return start >= size ? 'unsatisfiable' : { start, end };
}
