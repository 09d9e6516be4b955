import { createContext } from 'svelte';

/** What pages of the console share around them. */
export class Shell {
	/** The list of keyboard shortcuts is shown. */
	shortcutsOpen = $state(false);
}

export const [getShell, setShell] = createContext<Shell>();
