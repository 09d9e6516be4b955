import { RestFailure } from './failure.ts';

/** How rows are written into the answer. */
export type Format = {
	kind: 'array' | 'object' | 'csv';
	stripNulls: boolean;
	contentType: string;
};

const json: Format = {
	kind: 'array',
	stripNulls: false,
	contentType: 'application/json; charset=utf-8'
};

/** The first media type of `Accept` that can be answered. */
export function negotiate(accept: string | null): Format {
	if (accept === null || accept === '') return json;
	const wanted = accept.split(',').map((part) => part.trim());
	const byQuality = wanted
		.map((type) => ({ type, quality: Number(/;\s*q=([\d.]+)/.exec(type)?.[1] ?? 1) }))
		.toSorted((a, b) => b.quality - a.quality);
	for (const { type } of byQuality) {
		const format = formatOf(type);
		if (format !== null) return format;
	}
	throw new RestFailure(
		406,
		'PGRST107',
		`None of these media types are available: ${wanted.join(', ')}`
	);
}

function formatOf(type: string): Format | null {
	const [essence = '', ...parameters] = type.split(';').map((part) => part.trim().toLowerCase());
	const stripNulls = parameters.includes('nulls=stripped');
	const suffix = stripNulls ? ';nulls=stripped' : '';
	switch (essence) {
		case '*/*':
		case 'application/*':
		case 'application/json':
			return json;
		case 'application/vnd.pgrst.array':
		case 'application/vnd.pgrst.array+json': {
			if (!stripNulls) return json;
			const contentType = `application/vnd.pgrst.array+json${suffix}; charset=utf-8`;
			return { kind: 'array', stripNulls, contentType };
		}
		case 'application/vnd.pgrst.object':
		case 'application/vnd.pgrst.object+json': {
			const contentType = `application/vnd.pgrst.object+json${suffix}; charset=utf-8`;
			return { kind: 'object', stripNulls, contentType };
		}
		case 'text/csv':
			return { kind: 'csv', stripNulls: false, contentType: 'text/csv; charset=utf-8' };
		default:
			return null;
	}
}
