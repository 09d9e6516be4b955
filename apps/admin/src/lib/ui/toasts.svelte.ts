export interface Toast {
	id: number;
	text: string;
	tone: 'plain' | 'danger';
	action?: { label: string; run: () => void };
}

const shownMs = 6000;
const mostAtOnce = 3;

/** Short notices at the edge of the screen. There is one set per browser tab. */
class Toasts {
	list = $state.raw<readonly Toast[]>([]);
	#next = 1;
	readonly #timers = new Map<number, ReturnType<typeof setTimeout>>();

	show(text: string, options: Partial<Pick<Toast, 'tone' | 'action'>> = {}): void {
		const toast: Toast = { tone: 'plain', ...options, id: this.#next++, text };
		this.list = [...this.list, toast].slice(-mostAtOnce);
		this.resume(toast.id);
	}

	dismiss(id: number): void {
		this.pause(id);
		this.list = this.list.filter((toast) => toast.id !== id);
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
}

export const toasts = new Toasts();
