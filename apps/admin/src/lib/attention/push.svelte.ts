import type { PushDevice } from '@chatiq/contracts/notifications';
import { codeOf, type FailureCode } from '#lib/inbox/failure.ts';
import type { AttentionApi } from './api.ts';

interface Options {
	api: AttentionApi;
	language: () => string;
	/** The service worker that gets the pushes; null where there is none. */
	registration: () => Promise<ServiceWorkerRegistration | null>;
	/** What this browser is called in the list. */
	device: () => string;
}

export type PushFailure = FailureCode | 'denied' | 'service';

/** Web push to this browser, and the list of the operator's other ones. */
export class Push {
	devices = $state.raw<readonly PushDevice[] | null>(null);
	/** Null when the project has no keys, or nobody knows yet. */
	publicKey = $state.raw<string | null>(null);
	supported = $state(true);
	busy = $state(false);
	failure = $state<PushFailure | null>(null);
	/** The address of this browser's subscription. */
	#endpoint = $state.raw<string | null>(null);

	readonly here = $derived(
		this.devices?.find(({ endpoint }) => endpoint === this.#endpoint) ?? null
	);

	readonly #options: Options;

	constructor(options: Options) {
		this.#options = options;
	}

	async load(): Promise<void> {
		try {
			const [settings, subscription] = await Promise.all([
				this.#options.api.pushSettings(),
				this.#subscription()
			]);
			this.publicKey = settings.public_key;
			this.devices = settings.devices;
			this.#endpoint = subscription?.endpoint ?? null;
			this.failure = null;
		} catch (error) {
			this.failure = codeOf(error);
		}
	}

	/** Only in the middle of a click: the browser asks for the permission. */
	turnOn(): Promise<void> {
		return this.#change(async () => {
			const registration = await this.#options.registration();
			if (!registration || this.publicKey === null) return null;
			if ((await Notification.requestPermission()) !== 'granted') return 'denied';
			const subscription = await subscribe(registration, this.publicKey).catch((error: unknown) => {
				console.warn('the push service of the browser does not answer', error);
				return null;
			});
			if (!subscription) return 'service';
			await this.#save(subscription);
			return null;
		});
	}

	turnOff(device: PushDevice): Promise<void> {
		return this.#change(async () => {
			await this.#options.api.removePush(device.id);
			if (device.endpoint === this.#endpoint) await (await this.#subscription())?.unsubscribe();
			return null;
		});
	}

	test(device: PushDevice): Promise<void> {
		return this.#change(async () => {
			await this.#options.api.testPush(device.id);
			return null;
		});
	}

	async #save(subscription: PushSubscription): Promise<void> {
		const { keys = {} } = subscription.toJSON();
		const { api, device, language } = this.#options;
		await api.savePush({
			endpoint: subscription.endpoint,
			p256dh: keys['p256dh'] ?? '',
			auth: keys['auth'] ?? '',
			device: device(),
			language: language()
		});
	}

	async #subscription(): Promise<PushSubscription | null> {
		const registration = await this.#options.registration();
		this.supported = registration !== null && 'pushManager' in registration;
		return this.supported && registration ? registration.pushManager.getSubscription() : null;
	}

	/** `change` resolves to why nothing has changed. */
	async #change(change: () => Promise<PushFailure | null>): Promise<void> {
		this.busy = true;
		this.failure = null;
		try {
			this.failure = await change();
			if (this.failure === null) await this.load();
		} catch (error) {
			this.failure = codeOf(error);
		} finally {
			this.busy = false;
		}
	}
}

/** A subscription is good for the key it was made with: that of another project, or of an older one, is given up. */
async function subscribe(
	{ pushManager }: ServiceWorkerRegistration,
	publicKey: string
): Promise<PushSubscription> {
	const known = await pushManager.getSubscription();
	if (known && base64url(known.options.applicationServerKey) !== publicKey)
		await known.unsubscribe();
	return pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: publicKey });
}

function base64url(bytes: ArrayBuffer | null): string {
	const text = String.fromCharCode(...new Uint8Array(bytes ?? new ArrayBuffer(0)));
	return btoa(text).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}
