import { tick } from 'svelte';

/**
 * Call it as a list is put in another order: what is moved in the document loses the focus, and a
 * button at the end of the list is switched off. The focus then goes to the other button beside it.
 */
export async function keepFocus(): Promise<void> {
	const focused = document.activeElement;
	await tick();
	if (!(focused instanceof HTMLElement) || document.activeElement === focused) return;
	const usable = focused.matches(':disabled')
		? focused.parentElement?.querySelector<HTMLElement>('button:enabled')
		: focused;
	usable?.focus();
}
