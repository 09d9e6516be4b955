import { RestFailure } from './failure.ts';

/** The `Prefer` header (RFC 7240), as far as PostgREST honours it. */
export type Preferences = {
	resolution: 'merge-duplicates' | 'ignore-duplicates' | null;
	missing: 'default' | 'null' | null;
	return: 'representation' | 'minimal' | 'headers-only' | null;
	count: 'exact' | 'planned' | 'estimated' | null;
	handling: 'strict' | 'lenient' | null;
	timezone: string | null;
	maxAffected: number | null;
};

const choices: Record<string, readonly string[]> = {
	resolution: ['merge-duplicates', 'ignore-duplicates'],
	missing: ['default', 'null'],
	return: ['representation', 'minimal', 'headers-only'],
	count: ['exact', 'planned', 'estimated'],
	// Known, but a hosted project always commits.
	tx: ['commit', 'rollback'],
	handling: ['strict', 'lenient']
};

export function parsePreferences(header: string | null): Preferences {
	const found: Record<string, string> = {};
	const invalid: string[] = [];
	for (const token of (header ?? '').split(',').map((part) => part.trim())) {
		if (token === '') continue;
		const [name = '', value = ''] = token.split('=', 2);
		if (isValid(name, value)) found[name] ??= value;
		else invalid.push(token);
	}
	if (found.handling === 'strict' && invalid.length > 0) {
		throw new RestFailure(400, 'PGRST122', 'Invalid preferences given with handling=strict', {
			details: `Invalid preferences: ${invalid.join(', ')}`
		});
	}
	const maxAffected = found['max-affected'];
	return {
		resolution: null,
		missing: null,
		return: null,
		count: null,
		handling: null,
		timezone: null,
		...found,
		// Only a strict client is held to it.
		maxAffected:
			found.handling === 'strict' && maxAffected !== undefined ? Number(maxAffected) : null
	};
}

function isValid(name: string, value: string): boolean {
	if (name === 'timezone') return isTimeZone(value);
	if (name === 'max-affected') return /^\d+$/.test(value);
	return choices[name]?.includes(value) ?? false;
}

function isTimeZone(name: string): boolean {
	try {
		return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
	} catch {
		return false; // RangeError: there is no such zone
	}
}

/** Tells the client which of its wishes counted for this kind of request. */
export function appliedPreferences(
	preferences: Preferences,
	names: readonly (keyof Preferences)[]
): string {
	const order: [keyof Preferences, string][] = [
		['resolution', 'resolution'],
		['missing', 'missing'],
		['return', 'return'],
		['count', 'count'],
		['handling', 'handling'],
		['timezone', 'timezone'],
		['maxAffected', 'max-affected']
	];
	return order
		.filter(([name]) => names.includes(name) && preferences[name] !== null)
		.map(([name, header]) => `${header}=${String(preferences[name])}`)
		.join(', ');
}
