import { isErrorCode, AppError, type ErrorBody } from '@chatiq/contracts/errors';
import type { PageCheck } from '@chatiq/contracts/page-check';
import { SUPABASE_PUBLISHABLE_KEY, SUPABASE_URL } from '$app/env/public';
import type { Desk } from '#lib/inbox/desk.ts';
import { failureOf, Unreachable } from '#lib/inbox/failure.ts';
import type { PageApi } from './page-checker.svelte.ts';

/** A page may take ten seconds, and the answer a moment more. */
const timeoutMs = 20_000;

export function supabasePageCheck(desk: Desk, site_id: string): PageApi {
	return {
		async check(url) {
			const token = await desk.session.token();
			if (token === null) throw new AppError('session_required');
			const response = await fetch(`${SUPABASE_URL}/functions/v1/check-page`, {
				method: 'POST',
				headers: { apikey: SUPABASE_PUBLISHABLE_KEY, authorization: `Bearer ${token}` },
				body: JSON.stringify({ site_id, url }),
				signal: AbortSignal.timeout(timeoutMs)
			}).catch((cause: unknown) => {
				throw new Unreachable('the page could not be checked', { cause });
			});
			if (response.ok) return (await response.json()) as PageCheck;
			const body = (await response.json().catch(() => null)) as Partial<ErrorBody> | null;
			const code = body?.error?.code;
			throw isErrorCode(code) ? new AppError(code) : new Unreachable(`${response.status}`);
		},
		async allow(origin) {
			const sites = () => desk.backend.rest.from('sites');
			const known = await sites().select('allowed_origins').eq('id', site_id).single();
			if (known.error) throw failureOf(known);
			const allowed_origins = [...new Set([...known.data.allowed_origins, origin])];
			const stored = await sites().update({ allowed_origins }).eq('id', site_id);
			if (stored.error) throw failureOf(stored);
		}
	};
}
