/** What Chromium fires when the page could be installed; no other browser has it. */
interface InstallPrompt extends Event {
	prompt(): Promise<{ outcome: 'accepted' | 'dismissed' }>;
}

/** Installing the console as an app, where the browser lets a page offer it. */
export class Install {
	possible = $state(false);
	installed = $state(false);
	#prompt: InstallPrompt | null = null;

	/** Keeps the browser's offer for the button; call the result to stop. */
	connect(): () => void {
		this.installed = matchMedia('(display-mode: standalone)').matches;
		const stop = new AbortController();
		const options = { signal: stop.signal };
		window.addEventListener(
			'beforeinstallprompt',
			(event) => {
				event.preventDefault();
				this.#prompt = event as InstallPrompt;
				this.possible = true;
			},
			options
		);
		window.addEventListener('appinstalled', () => this.#done(), options);
		return () => stop.abort();
	}

	async ask(): Promise<void> {
		const outcome = await this.#prompt?.prompt();
		// A prompt works once.
		this.possible = false;
		if (outcome?.outcome === 'accepted') this.#done();
	}

	#done(): void {
		this.installed = true;
		this.possible = false;
	}
}
