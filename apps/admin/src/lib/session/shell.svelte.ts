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

	/** For the account menu, where phones have them. */
	get unreadNotifications(): number {
		return this.#unreadNotifications();
	}
}

export const [getShell, setShell] = createContext<Shell>();
