import { createContext } from 'svelte';

/** What pages of the console share around them. */
export class Shell {
	/** The list of keyboard shortcuts is shown. */
	shortcutsOpen = $state(false);
	/** The command palette is shown. */
	paletteOpen = $state(false);

	readonly #unreadNotifications: () => number;

	constructor(unreadNotifications: () => number) {
		this.#unreadNotifications = unreadNotifications;
	}

	/** For the account menu, where phones have them. */
	get unreadNotifications(): number {
		return this.#unreadNotifications();
	}
}

export const [getShell, setShell] = createContext<Shell>();
