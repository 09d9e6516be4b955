import * as z from 'zod/mini';

/** Body of the function `upload`: the bytes are stored, look at them. */
export const UploadRequest = z.object({ attachment_id: z.uuid() });
export type UploadRequest = z.infer<typeof UploadRequest>;
