import { RestFailure } from './failure.ts';
import type { ReadNode } from './read-tree.ts';

/** Narrows the outermost level to the rows that the `Range` header asks for. */
export function applyRange(node: ReadNode, header: string | null): void {
	const match = /^(?:items=)?(\d+)-(\d*)$/.exec(header ?? '');
	if (match === null) return;
	const first = Number(match[1]);
	const last = match[2] === '' ? null : Number(match[2]);
	if (last !== null && last < first) {
		throw new RestFailure(416, 'PGRST103', 'Requested range not satisfiable', {
			details:
				'The lower boundary must be lower than or equal to the upper boundary in the Range header.'
		});
	}
	node.offset = Math.max(node.offset, first);
	if (last === null) return;
	const wanted = last - node.offset + 1;
	node.limit = Math.max(0, Math.min(wanted, node.limit ?? wanted));
}

/** `0-24/3573458` */
export function contentRange(offset: number, shown: number, total: number | null): string {
	const range = shown === 0 ? '*' : `${offset}-${offset + shown - 1}`;
	return `${range}/${total ?? '*'}`;
}

export function rangeStatus(offset: number, shown: number, total: number | null): 200 | 206 {
	if (total === null) return 200;
	if (offset > total) {
		throw new RestFailure(416, 'PGRST103', 'Requested range not satisfiable', {
			details: `An offset of ${offset} was requested, but there are only ${total} rows.`
		});
	}
	return shown < total ? 206 : 200;
}
