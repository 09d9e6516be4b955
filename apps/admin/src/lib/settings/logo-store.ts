import { randomUUID } from 'node:crypto';
import { imageType } from '#lib/account/image-type.ts';

const bucket = 'logos';
/** As the bucket says. */
const largestBytes = 524_288;
const yearInSeconds = 31_536_000;
const hourMs = 3_600_000;

export type LogoRefusal = 'too_large' | 'no_picture' | 'forbidden' | 'unreachable';

/** Puts a picture into the folder of a site and answers its address; saving it is another step, which can be undone. */
export async function storeLogo(
	{ supabase }: Pick<App.Locals, 'supabase'>,
	site: string,
	bytes: Uint8Array
): Promise<{ url: string } | { refusal: LogoRefusal }> {
	if (bytes.byteLength > largestBytes) return { refusal: 'too_large' };
	const type = imageType(bytes);
	if (!type) return { refusal: 'no_picture' };
	// A name of its own: whoever has the old picture in a cache sees the new one.
	const path = `${site}/${randomUUID()}.${type}`;
	const store = supabase.storage.from(bucket);
	const stored = await store.upload(path, bytes, {
		contentType: `image/${type}`,
		cacheControl: String(yearInSeconds)
	});
	if (stored.error) return { refusal: isDenial(stored.error) ? 'forbidden' : 'unreachable' };
	await clearAway({ supabase }, site, path);
	return { url: store.getPublicUrl(path).data.publicUrl };
}

const isDenial = (error: { statusCode?: string | undefined }): boolean =>
	['403', '401'].includes(error.statusCode ?? '');

/** Tries that were not saved, an hour old: until then somebody may still undo to them. */
async function clearAway(
	{ supabase }: Pick<App.Locals, 'supabase'>,
	site: string,
	present: string
): Promise<void> {
	const store = supabase.storage.from(bucket);
	const [files, settings] = await Promise.all([
		store.list(site),
		supabase.from('widget_settings').select('logo_url').eq('site_id', site).single()
	]);
	if (files.error || settings.error) return;
	const old = files.data
		.filter(({ created_at }) => Date.now() - Date.parse(created_at ?? '') > hourMs)
		.map(({ name }) => `${site}/${name}`)
		.filter((path) => path !== present && !settings.data.logo_url?.endsWith(path));
	if (old.length > 0) await store.remove(old);
}
