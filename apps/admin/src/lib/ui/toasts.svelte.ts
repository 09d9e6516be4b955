export interface Toast {
	id: number;
	text: string;
	tone: 'plain' | 'danger';
	action?: { label: string; run: () => void };
	/** It stays until somebody has seen to it. */
	lasting?: boolean;
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

	show(text: string, options: Partial<Omit<Toast, 'id' | 'text'>> = {}): void {
		const toast: Toast = { tone: 'plain', ...options, id: this.#next++, text };
		this.list = [...this.list, toast];
		for (const { id } of this.list.slice(0, -mostAtOnce)) this.dismiss(id);
		this.resume(toast.id);
	}

	dismiss(id: number): void {
		this.#remove(id)?.onlapse?.();
	}

	/** Takes back what was done last, as long as that is offered; what failed is not tried again by this. */
	undo(): void {
		const last = this.list.findLast(({ action, tone }) => action && tone === 'plain');
		if (last) this.act(last.id);
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
		if (this.list.some((one) => one.id === id && one.lasting)) return;
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
