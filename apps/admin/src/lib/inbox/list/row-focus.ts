export { longPress } from './long-press.ts';

const aRow = '[data-conversation]';

const rowsIn = (list: ParentNode) => [...list.querySelectorAll<HTMLElement>(aRow)];

const nobodyHasIt = () => document.activeElement === document.body;

/**
 * Gives a row the focus, where nothing but another row has it (such as the one that was opened before, see
 * `keepFocus`); one that is still scrolled to, a moment later.
 */
export function focusRow(id: string, framesLeft = 3): void {
	if (!nobodyHasIt() && !document.activeElement?.matches(aRow)) return;
	const row = rowsIn(document).find(({ dataset }) => dataset['conversation'] === id);
	row?.focus({ preventScroll: true });
	if (!row && framesLeft > 0) requestAnimationFrame(() => focusRow(id, framesLeft - 1));
}

/**
 * A row that goes, is put elsewhere or scrolled away takes the focus with it: whoever stands there then has it. Call the
 * result to stop.
 */
export function keepFocus(list: HTMLElement): () => void {
	let last: { row: HTMLElement; index: number } | null = null;

	function remember(): void {
		const row = document.activeElement;
		if (nobodyHasIt() || !(row instanceof HTMLElement)) return;
		last = list.contains(row)
			? { row, index: rowsIn(list).findIndex((one) => one.parentNode?.contains(row)) }
			: null;
	}
	remember();
	const stop = new AbortController();
	document.addEventListener('focusin', remember, { signal: stop.signal });
	// A click beside everything leaves the list too.
	document.addEventListener('pointerdown', () => (last = null), { signal: stop.signal });
	const observer = new MutationObserver(() => {
		if (!last || !nobodyHasIt()) {
			remember();
			return;
		}
		const rows = rowsIn(list);
		(last.row.isConnected ? last.row : (rows[Math.max(last.index, 0)] ?? rows.at(-1)))?.focus({
			preventScroll: true
		});
	});
	observer.observe(list, { childList: true, subtree: true });
	return () => {
		stop.abort();
		observer.disconnect();
	};
}
