import { createContext } from 'svelte';

/** What pages of the console share around them. */
export class Shell {
	/** The list of keyboard shortcuts is shown. */
	shortcutsOpen = $state(false);
	/** The command palette is shown. */
	paletteOpen = $state(false);

	/** Open conversations that the operator has not read, by organisation. */
	readonly countUnread: () => Promise<Readonly<Record<string, number>>>;
	readonly #unreadNotifications: () => number;
	/** What was typed before the palette was there. */
	#typedAhead = '';

	constructor({
		unreadNotifications,
		countUnread
	}: {
		unreadNotifications: () => number;
		countUnread: Shell['countUnread'];
	}) {
		this.#unreadNotifications = unreadNotifications;
		this.countUnread = countUnread;
	}

	/** The palette takes a moment when it comes for the first time: what is typed meanwhile is meant for it. */
	typeAhead(event: KeyboardEvent): void {
		if (event.ctrlKey || event.metaKey || event.altKey) return;
		event.preventDefault();
		event.stopImmediatePropagation();
		if (event.key === 'Escape') this.paletteOpen = false;
		else if (event.key === 'Backspace') this.#typedAhead = this.#typedAhead.slice(0, -1);
		else if (event.key.length === 1) this.#typedAhead += event.key;
	}

	/** Hands over what was typed ahead. */
	takeTyped(): string {
		const typed = this.#typedAhead;
		this.#typedAhead = '';
		return typed;
	}

	/** For the list's header, where phones have their bell. */
	get unreadNotifications(): number {
		return this.#unreadNotifications();
	}
}

export const [getShell, setShell] = createContext<Shell>();
