import { afterNavigate } from '$app/navigation';

type Control = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;

/**
 * Does again what somebody did to the server's page before scripts took over: hydration writes the server's
 * values over it, and no listener has heard of it. For the root layout, whose script runs before any child's.
 */
export function redoEarlyInput(): void {
	// Browsers fill in fields after a reload and on the way back: nobody has chosen that.
	if (typeof document === 'undefined' || !navigator.userActivation.hasBeenActive) return;
	const all = <E extends Element>(selector: string) => [...document.querySelectorAll<E>(selector)];
	const redo = [
		...all<Control>('input, textarea, select').filter(touched).map(enterAgain),
		...all<HTMLDetailsElement>('details').map(turnAgain),
		...all<HTMLElement>(':popover-open').map((panel) => () => {
			panel.hidePopover();
			panel.showPopover();
		})
	];
	// Not on mount: what the address asks for comes after that.
	afterNavigate(({ type }) => {
		if (type === 'enter') for (const step of redo) step();
	});
}

/** Whether it holds something else than the server has written. */
function touched(control: Control): boolean {
	if (control instanceof HTMLSelectElement) {
		const stated = [...control.options].findIndex((option) => option.defaultSelected);
		return control.selectedIndex !== Math.max(0, stated);
	}
	if (control instanceof HTMLTextAreaElement) return control.value !== control.defaultValue;
	// Of two radio buttons the chosen one says it.
	if (control.type === 'radio') return control.checked && !control.defaultChecked;
	if (control.type === 'checkbox') return control.checked !== control.defaultChecked;
	return control.value !== control.defaultValue;
}

function enterAgain(control: Control): () => void {
	const { value } = control;
	const checked = 'checked' in control && control.checked;
	const caret = control instanceof HTMLSelectElement ? null : control.selectionStart;
	return () => {
		if (!control.isConnected) return;
		if ('checked' in control) control.checked = checked;
		// What is right stays untouched: the caret moves, and nobody may write files into their field.
		if (control.value !== value) {
			control.value = value;
			if (caret !== null && !(control instanceof HTMLSelectElement)) {
				control.setSelectionRange(caret, caret);
			}
		}
		control.dispatchEvent(new Event('input', { bubbles: true }));
		// A text is changed when it is left.
		if (caret === null || control !== document.activeElement) {
			control.dispatchEvent(new Event('change', { bubbles: true }));
		}
	};
}

function turnAgain(details: HTMLDetailsElement): () => void {
	const { open } = details;
	return () => {
		details.open = open;
	};
}
