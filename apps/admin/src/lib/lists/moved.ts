/** The list with one item at another place. */
export function moved<Item>(items: readonly Item[], from: number, to: number): Item[] {
	const rest = items.toSpliced(from, 1);
	const item = items[from];
	if (item === undefined || to < 0 || to >= items.length) return [...items];
	return rest.toSpliced(to, 0, item);
}
