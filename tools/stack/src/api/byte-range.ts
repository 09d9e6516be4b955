import { requestScope } from './request-scope.ts';

export type ByteRange = { start: number; end: number };
export type WantedRange = ByteRange | 'unsatisfiable' | null;

/** The range that the current request asks for; null for all of it (RFC 9110, one range only). */
export function requestedRange(size: number): WantedRange {
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

/** The headers of a partial answer; storage-responses.ts makes its status of them. */
export function rangeMetadata(
	range: WantedRange,
	size: number
): { contentLength?: number; contentRange?: string } {
	if (range === null) return {};
	if (range === 'unsatisfiable') return { contentLength: 0, contentRange: `bytes */${size}` };
	return {
		contentLength: range.end - range.start + 1,
		contentRange: `bytes ${range.start}-${range.end}/${size}`
	};
}
