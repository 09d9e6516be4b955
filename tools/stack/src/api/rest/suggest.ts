import { fuzzyMatch } from '@supabase/lite';

/** The known name that was most likely meant. */
export function suggest(name: string, known: readonly string[]): string | null {
	return fuzzyMatch(name, [...new Set(known)]) ?? null;
}
