export interface Toast {
	id: number;
	text: string;
	tone: 'plain' | 'danger';
	action?: { label: string; run: () => void };
	/** It has gone, by itself or dismissed, and its action was not taken. */
	onlapse?: () => void;
}

const shownMs = 6000;
const mostAtOnce = 3;

/** Short notices at the edge of the screen. There is one set per browser tab. */
class Toasts {
	list = $state.raw<readonly Toast[]>([]);
	#next = 1;
	readonly #timers = new Map<number, ReturnType<typeof setTimeout>>();

	show(text: string, options: Partial<Pick<Toast, 'tone' | 'action' | 'onlapse'>> = {}): void {
		const toast: Toast = { tone: 'plain', ...options, id: this.#next++, text };
		this.list = [...this.list, toast];
		for (const { id } of this.list.slice(0, -mostAtOnce)) this.dismiss(id);
		this.resume(toast.id);
	}

	dismiss(id: number): void {
		this.#remove(id)?.onlapse?.();
	}

	/** Does what it offers. */
	act(id: number): void {
		this.#remove(id)?.action?.run();
	}

	/** While somebody reads or reaches for it, it stays. */
	pause(id: number): void {
		clearTimeout(this.#timers.get(id));
		this.#timers.delete(id);
	}

	resume(id: number): void {
		this.pause(id);
		this.#timers.set(
			id,
			setTimeout(() => this.dismiss(id), shownMs)
		);
	}

	#remove(id: number): Toast | undefined {
		this.pause(id);
		const toast = this.list.find((one) => one.id === id);
		this.list = this.list.filter((one) => one.id !== id);
		return toast;
	}
}

export const toasts = new Toasts();
