const nearPx = 60;

/**
 * What comes or grows under the last message is seen by those who were looking at the end; whoever reads further up
 * stays where they are.
 */
export function stayInSight(card: HTMLElement): (() => void) | undefined {
	const list = card.closest('.list');
	if (!list) return;
	let height = 0;
	const observer = new ResizeObserver(() => {
		const grown = card.offsetHeight - height;
		height += grown;
		const below = list.scrollHeight - list.scrollTop - list.clientHeight;
		if (grown > 0 && below - grown < nearPx) list.scrollTop = list.scrollHeight;
	});
	observer.observe(card);
	return () => observer.disconnect();
}
