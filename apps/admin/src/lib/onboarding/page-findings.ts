import type { Need } from '@chatiq/contracts/embed';
import type { LoadedPage, PageCheck, PageFailure } from '@chatiq/contracts/page-check';
import { missingIn, trustsNonces } from './content-policy.ts';

/** What keeps the chat from a page, or will. */
export type Finding =
	| { kind: PageFailure | 'missing' | 'other' | 'retired' | 'retiring' | 'nonce' }
	| { kind: 'status'; status: number }
	| { kind: 'origin'; origin: string }
	| { kind: 'policy'; needs: Need[] };

/** The chat runs there all the same. */
export const isHint = ({ kind }: Finding): boolean => kind === 'retiring' || kind === 'nonce';

/** All that is wrong at once, in the order in which it would be mended; nothing when the chat can be there. */
export function findingsOf(check: PageCheck, needs: readonly Need[]): Finding[] {
	if ('failure' in check) return [{ kind: check.failure }];
	const { page } = check;
	// An error page says nothing of the others.
	if (page.status >= 400) return [{ kind: 'status', status: page.status }];
	return [
		...(page.origin_allowed ? [] : [{ kind: 'origin' as const, origin: new URL(page.url).origin }]),
		...(page.code === 'found' ? [] : [{ kind: page.code }]),
		...policyFindings(page, needs)
	];
}

/** A page must satisfy each of its policies. */
function policyFindings({ policies }: LoadedPage, needs: readonly Need[]): Finding[] {
	const lacked = policies.flatMap((policy) => missingIn(policy, needs));
	const merged = needs.flatMap(({ directive }) => {
		const sources = lacked
			.filter((need) => need.directive === directive)
			.flatMap((need) => need.sources);
		return sources.length > 0 ? [{ directive, sources: [...new Set(sources)] }] : [];
	});
	return [
		...(policies.some(trustsNonces) ? [{ kind: 'nonce' as const }] : []),
		...(merged.length > 0 ? [{ kind: 'policy' as const, needs: merged }] : [])
	];
}
