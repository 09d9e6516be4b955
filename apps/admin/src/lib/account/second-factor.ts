import type { Factor } from '@supabase/supabase-js';

/** Whether a password alone is half of signing in. */
export function needsCode(user: { factors?: Factor[] | undefined }): boolean {
	return user.factors?.some((factor) => factor.status === 'verified') ?? false;
}
