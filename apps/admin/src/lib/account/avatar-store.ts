import { randomUUID } from 'node:crypto';
import { imageType } from './image-type.ts';

const bucket = 'avatars';
/** As the bucket says. */
const largestBytes = 524_288;
const yearInSeconds = 31_536_000;

type Refusal = 'too_large' | 'no_picture' | 'unreachable';

/** Puts a picture into the bucket and its address into the profile. */
export async function storeAvatar(
	{ supabase, user }: App.Locals,
	file: File
): Promise<Refusal | null> {
	if (!user) return 'unreachable';
	if (file.size > largestBytes) return 'too_large';
	const bytes = new Uint8Array(await file.arrayBuffer());
	const type = imageType(bytes);
	if (!type) return 'no_picture';
	// A name of its own: whoever has the old picture in a cache sees the new one.
	const path = `${user.id}/${randomUUID()}.${type}`;
	const store = supabase.storage.from(bucket);
	const stored = await store.upload(path, bytes, {
		contentType: `image/${type}`,
		cacheControl: String(yearInSeconds)
	});
	if (stored.error) return 'unreachable';
	return setAvatar({ supabase, user }, store.getPublicUrl(path).data.publicUrl);
}

/** The profile first, then the files that nothing names any more. */
export async function setAvatar(
	{ supabase, user }: App.Locals,
	avatar_url: string | null
): Promise<Refusal | null> {
	if (!user) return 'unreachable';
	const { error } = await supabase.from('profiles').update({ avatar_url }).eq('id', user.id);
	if (error) return 'unreachable';
	const store = supabase.storage.from(bucket);
	const { data: files } = await store.list(user.id);
	const old = (files ?? [])
		.map((file) => `${user.id}/${file.name}`)
		.filter((path) => !avatar_url?.endsWith(path));
	if (old.length > 0) await store.remove(old);
	return null;
}
