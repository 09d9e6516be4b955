/** A count as it is read: none is nothing, and nobody reads whether it is 100 or 3,000. */
export function capped(count = 0): string | null {
	if (count === 0) return null;
	return count > 99 ? '99+' : String(count);
}
