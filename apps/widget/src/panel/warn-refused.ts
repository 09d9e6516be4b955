import type { ErrorCode } from '@chatiq/contracts/errors';

/** Refusals that no visitor can do anything about, in words for the customer's developer. */
const problems: Partial<Record<ErrorCode, string>> = {
	site_not_found: 'No site has this site key. Copy the snippet from the console once more.',
	origin_not_allowed: 'This origin is not allowed. Add it to the site in the console.',
	identity_invalid:
		'The token given to identify() is expired, or not signed with the identity secret of this site.',
	identity_required: 'This site only takes visitors whom identify() vouches for.'
};

const warned = new Set<ErrorCode>();

export function warnRefused(code: ErrorCode): void {
	const problem = problems[code];
	if (!problem || warned.has(code)) return;
	warned.add(code);
	console.warn(`[ChatIQ] ${problem}`);
}
