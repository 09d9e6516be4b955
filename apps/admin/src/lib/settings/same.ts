/** Whether two JSON-like values are alike; the order of an object's keys does not matter. */
export function same(a: unknown, b: unknown): boolean {
	if (Object.is(a, b)) return true;
	if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
	if (Array.isArray(a) !== Array.isArray(b)) return false;
	const [mine, theirs] = [Object.entries(a), new Map(Object.entries(b))];
	if (mine.length !== theirs.size) return false;
	return mine.every(([key, value]) => theirs.has(key) && same(value, theirs.get(key)));
}
