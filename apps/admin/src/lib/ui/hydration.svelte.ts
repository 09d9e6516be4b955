/** Whether scripts have taken over: a form that is sent before would load the page anew, and lose what is typed. */
export class Hydration {
	done = $state(false);

	constructor() {
		$effect(() => {
			this.done = true;
		});
	}
}
